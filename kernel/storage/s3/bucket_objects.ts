import { SYSTEM_USER } from "../../lib/ids.ts";
import type { Owner } from "../usage.ts";
import { S3Client, type S3Head, type S3Options } from "./external/mod.ts";
import type {
  EverythingPage,
  ListOptions,
  ObjectHead,
  ObjectInput,
  ObjectPage,
  ObjectProvider,
  Range,
  Upload,
} from "./object.ts";

/** The header in which an object's metadata travels, whatever characters it has. */
const METADATA = "fazt";

/**
 * Objects in a bucket elsewhere, which is the only place that knows of them. Each app and each
 * person has a folder there, named by the id that came from the channel: `<app id>/shared/…`.
 */
export class BucketObjects implements ObjectProvider {
  readonly #client: S3Client;

  constructor(options: S3Options) {
    this.#client = new S3Client(options);
  }

  async head(owner: Owner, path: string): Promise<ObjectHead | undefined> {
    const head = await this.#client.head(keyOf(owner, path));
    return head && headOf(path, head);
  }

  async open(owner: Owner, head: ObjectHead, range: Range): Promise<ReadableStream<Uint8Array>> {
    if (range.start === range.end) return new Blob().stream();
    const whole = range.start === 0 && range.end === head.size;
    return await this.#client.read(keyOf(owner, head.path), {
      ifMatch: `"${head.etag}"`,
      ...(whole ? {} : { range }),
    });
  }

  async put(owner: Owner, input: ObjectInput, upload: Upload): Promise<ObjectHead> {
    const { body, size, meter } = upload;
    if (body instanceof Uint8Array) meter(body.length);
    const stored = await this.#client.put(
      keyOf(owner, input.path),
      body instanceof Uint8Array ? body : metered(body, meter),
      {
        type: input.type,
        size,
        metadata: Object.keys(input.metadata).length === 0 ? {} : {
          [METADATA]: new TextEncoder().encode(JSON.stringify(input.metadata)).toBase64(),
        },
      },
    );
    return { ...input, size: stored.size, etag: bare(stored.etag), updatedAt: Date.now() };
  }

  async delete(owner: Owner, path: string): Promise<boolean> {
    const key = keyOf(owner, path);
    if (await this.#client.head(key) === undefined) return false;
    await this.#client.delete(key);
    return true;
  }

  async list(owner: Owner, prefix: string, options: ListOptions): Promise<ObjectPage> {
    const folder = keyOf(owner, "");
    const page = await this.#client.list(folder + prefix, options);
    return {
      items: page.objects.map(({ key, size, etag, updatedAt }) => ({
        path: key.slice(folder.length),
        size,
        etag: bare(etag),
        updatedAt,
      })),
      folders: page.folders.map((key) => key.slice(folder.length)),
      ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    };
  }

  async everything(appId: string, cursor: string | undefined): Promise<EverythingPage> {
    const page = await this.#client.list(`${appId}/`, { cursor, limit: 100 });
    return {
      items: page.objects.flatMap(({ key }) => {
        const match = /^[^/]+\/(shared|usr_[^/]+)\/(.+)$/s.exec(key);
        if (match === null) return [];
        const userId = match[1] === "shared" ? SYSTEM_USER : match[1]!;
        return [{ owner: { appId, userId }, path: match[2]! }];
      }),
      ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    };
  }

  async copy(owner: Owner, from: string, to: string): Promise<ObjectHead | undefined> {
    if (!await this.#client.copy(keyOf(owner, from), keyOf(owner, to))) return undefined;
    return await this.head(owner, to);
  }
}

const keyOf = ({ appId, userId }: Owner, path: string) =>
  `${appId}/${userId === SYSTEM_USER ? "shared" : userId}/${path}`;

/** An entity tag without its quotes. */
const bare = (etag: string) => etag.replace(/^W\//, "").replace(/^"|"$/g, "");

function headOf(path: string, head: S3Head): ObjectHead {
  return {
    path,
    type: head.type,
    size: head.size,
    etag: bare(head.etag),
    metadata: metadataOf(head.metadata[METADATA]),
    updatedAt: head.updatedAt,
  };
}

/** What others wrote into the bucket is no metadata of ours. */
function metadataOf(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(text)));
    const entries = Object.entries(value as object).filter(([, v]) => typeof v === "string");
    return Object.fromEntries(entries) as Record<string, string>;
  } catch {
    return {};
  }
}

function metered(
  body: ReadableStream<Uint8Array>,
  meter: (size: number) => void,
): ReadableStream<Uint8Array> {
  let size = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.length;
        meter(size);
        controller.enqueue(chunk);
      },
    }),
  );
}
