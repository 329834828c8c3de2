import { Worker as NodeWorker } from "node:worker_threads";
import type { Settings } from "../config/mod.ts";
import type { Header, NodeAnswer, NodeRequests } from "../egress/mod.ts";
import { MIB } from "../lib/bytes.ts";
import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { parseHostList } from "../lib/host_list.ts";
import { moduleUrl } from "../lib/module_url.ts";
import type {
  FileBytes,
  FolderAnswer,
  FromReader,
  GitLimits,
  Job,
  MarketAnswer,
  RefAnswer,
  Task,
  ToReader,
} from "./worker_protocol.ts";

/** What {@link GitClient} works with. */
export interface GitClientDeps {
  readonly settings: Settings;
  readonly requests: NodeRequests;
}

/** Which repository, and with what credential. */
export interface Place {
  readonly url: string;
  /** Value of the header `Authorization`; goes to the origin of `url` and nowhere else. */
  readonly authorization?: string | undefined;
}

/** Which commit of it, and which folder. */
export interface Wanted extends Place {
  readonly path: string;
  readonly ref?: string | undefined;
  /** Exactly this one, wherever `ref` leads by now. */
  readonly commit?: string | undefined;
}

/** Who waits for a reader, at most for each that works. */
const WAITING = 8;
const INFO = "/info/refs?service=git-upload-pack";
const UPLOAD = "/git-upload-pack";

/**
 * Reads repositories, each in a thread of its own that is ended when its time is over. All its
 * requests are sent here: they go to the repository and nowhere else.
 */
export class GitClient {
  readonly #readers = new Set<Reader>();
  readonly #queue: (() => void)[] = [];
  #working = 0;
  #stopped = false;

  constructor(private readonly deps: GitClientDeps) {}

  /** What refs lead to; nothing but names is fetched. */
  refs(place: Place, refs: readonly (string | undefined)[]): Promise<readonly RefAnswer[]> {
    return this.#run(place, { kind: "refs", refs });
  }

  /** The files of a folder, handed to `take` some at a time. */
  folder(
    { path, ref, commit, ...place }: Wanted,
    take: (files: readonly FileBytes[]) => Promise<void>,
  ): Promise<FolderAnswer> {
    return this.#run(place, { kind: "folder", path, ref, commit }, take);
  }

  /** What a marketplace offers. */
  market({ path, ref, ...place }: Omit<Wanted, "commit">): Promise<MarketAnswer> {
    return this.#run(place, { kind: "market", path, ref });
  }

  /** Ends what is under way. */
  stop(): void {
    this.#stopped = true;
    for (const reader of this.#readers) reader.end(busy("the node is stopping"));
  }

  async #run<T>(
    place: Place,
    task: Task,
    take: (files: readonly FileBytes[]) => Promise<void> = () => Promise.resolve(),
  ): Promise<T> {
    await this.#enter();
    try {
      if (this.#stopped) throw busy("the node is stopping");
      const { settings } = this.deps;
      const limits = limitsOf(settings);
      const job: Job = { ...task, url: place.url, limits };
      const reader = new Reader(this.deps, place, limits.packBytes, take);
      this.#readers.add(reader);
      try {
        return await reader.run(job, settings.get("limits.git.seconds") * 1000) as T;
      } finally {
        this.#readers.delete(reader);
        await reader.close();
      }
    } finally {
      this.#working--;
      this.#queue.shift()?.();
    }
  }

  async #enter(): Promise<void> {
    const most = this.deps.settings.get("limits.git.atOnce");
    if (this.#working >= most) {
      if (this.#queue.length >= most * WAITING) throw busy("too many repositories are being read");
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#working++;
  }
}

function limitsOf(settings: Settings): GitLimits {
  return {
    packBytes: settings.get("limits.git.packMb") * MIB,
    inflatedBytes: settings.get("limits.git.inflatedMb") * MIB,
    objects: settings.get("limits.git.objects"),
    entries: settings.get("limits.deploy.entries"),
    fileBytes: settings.get("limits.vfs.fileMb") * MIB,
    appBytes: settings.get("limits.vfs.appMb") * MIB,
  };
}

/** One thread and the requests it asks for. */
class Reader {
  readonly #worker: NodeWorker;
  readonly #done = Promise.withResolvers<unknown>();
  readonly #abort = new AbortController();
  #bytesLeft: number;
  /** Where the repository is, after redirects. */
  #base: string;

  constructor(
    private readonly deps: GitClientDeps,
    private readonly place: Place,
    maxBytes: number,
    private readonly take: (files: readonly FileBytes[]) => Promise<void>,
  ) {
    this.#bytesLeft = maxBytes;
    this.#base = place.url;
    this.#worker = new NodeWorker(moduleUrl("kernel/sources/git_reader.ts"), {
      env: {},
      stdin: false,
      resourceLimits: {
        maxOldGenerationSizeMb: deps.settings.get("limits.git.heapMb"),
        maxYoungGenerationSizeMb: 16,
      },
    });
    // Whoever gave up earlier does not wait for it.
    this.#done.promise.catch(() => {});
    this.#worker.on("message", (message: FromReader) => this.#hear(message));
    this.#worker.on("error", (error: { readonly code?: string }) => {
      const memory = error?.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.end(
        memory ? tooLarge(deps.settings, "limits.git.heapMb") : toFaztError(error),
      );
    });
    this.#worker.on("exit", () => this.end(busy("its thread ended")));
  }

  async run(job: Job, ms: number): Promise<unknown> {
    const timer = setTimeout(() => {
      this.end(
        new FaztError("TIMEOUT", `Cannot read the repository: it took over ${ms / 1000} s`, {
          hint: "fazt config set limits.git.seconds <value> allows more",
          details: { limit: "git.seconds", max: ms / 1000 },
        }),
      );
    }, ms);
    this.#say({ kind: "job", job });
    return await this.#done.promise.finally(() => clearTimeout(timer));
  }

  end(error: FaztError): void {
    this.#done.reject(error);
    this.#abort.abort(error);
  }

  async close(): Promise<void> {
    this.end(busy("it is over"));
    await this.#worker.terminate();
  }

  #say(message: ToReader): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromReader): void {
    if (message.kind === "request") return void this.#send(message);
    if (message.kind === "done") return this.#done.resolve(message.value);
    if (message.kind === "failed") {
      return this.end(FaztError.from(message.error, message.status));
    }
    this.take(message.files).then(
      () => this.#say({ kind: "more" }),
      (error) => this.end(toFaztError(error)),
    );
  }

  async #send(message: Extract<FromReader, { kind: "request" }>): Promise<void> {
    const { id } = message;
    try {
      const { headers, body } = await this.#ask(message);
      this.#say({ kind: "head", id, headers: Object.fromEntries(headers) });
      for await (const bytes of body ?? []) {
        this.#bytesLeft -= bytes.byteLength;
        if (this.#bytesLeft < 0) throw tooLarge(this.deps.settings, "limits.git.packMb");
        this.#say({ kind: "chunk", id, bytes });
      }
      this.#say({ kind: "end", id });
    } catch (thrown) {
      const error = toFaztError(thrown);
      this.#say({ kind: "fail", id, error: error.toBody(), status: error.status });
    }
  }

  /** Only the two requests of the protocol are sent, and only below the repository's address. */
  async #ask(message: Extract<FromReader, { kind: "request" }>): Promise<NodeAnswer> {
    const { url: base, authorization } = this.place;
    const info = message.method === "GET" && message.url === `${base}${INFO}`;
    if (!info && !(message.method === "POST" && message.url === `${base}${UPLOAD}`)) {
      throw new FaztError("INTERNAL", "Cannot send this: it is no request for the repository");
    }
    const { settings, requests } = this.deps;
    const answer = await requests.send({
      method: message.method,
      url: info ? message.url : `${this.#base}${UPLOAD}`,
      headers: Object.entries(message.headers).map(([name, value]): Header => [
        name.toLowerCase(),
        value,
      ]).filter(([name]) => HEADERS.has(name)),
      body: message.body,
      ...(authorization === undefined
        ? {}
        : { authorization: { origin: base, value: authorization } }),
      privateHosts: parseHostList(settings.get("sources.privateHosts")),
      maxBytes: Number.MAX_SAFE_INTEGER,
      signal: this.#abort.signal,
    });
    if (answer.status !== 200) {
      await answer.body?.cancel().catch(() => {});
      throw statusError(answer.status, { base, hasAuth: authorization !== undefined });
    }
    if (info) {
      if (!answer.url.endsWith(INFO)) {
        await answer.body?.cancel().catch(() => {});
        throw statusError(404, { base, hasAuth: authorization !== undefined });
      }
      this.#base = answer.url.slice(0, -INFO.length);
    }
    return answer;
  }
}

const HEADERS = new Set(["accept", "content-type", "git-protocol"]);

function statusError(
  status: number,
  { base, hasAuth }: { readonly base: string; readonly hasAuth: boolean },
): FaztError {
  const { host } = new URL(base);
  if (status === 401 || status === 403) {
    return new FaztError(
      "SOURCE_AUTH",
      hasAuth
        ? `Cannot fetch: ${host} does not accept the credential for ${base}`
        : `Cannot fetch: ${base} is not there, or ${host} asks who wants it`,
      {
        hint: "keep a token (fazt secret set GIT_TOKEN --host HOST) and name it: --auth GIT_TOKEN",
        status: 403,
      },
    );
  }
  if (status === 404 || status === 410) {
    return new FaztError("SOURCE_NOT_FOUND", `Cannot fetch: there is no repository at ${base}`, {
      hint: "look at its address; a private one may ask for --auth SECRET",
      status: 404,
    });
  }
  return new FaztError("SOURCE_REFUSED", `Cannot fetch: ${host} answers ${status}`, {
    hint: "try again later",
    status: 502,
  });
}

function tooLarge(
  settings: Settings,
  setting: "limits.git.packMb" | "limits.git.heapMb",
): FaztError {
  const max = settings.get(setting);
  return new FaztError("SOURCE_TOO_LARGE", `Cannot read the repository: it takes over ${max} MiB`, {
    hint: `fazt config set ${setting} <MiB> allows more`,
    status: 413,
    details: { limit: setting.replace(/^limits\./, ""), max },
  });
}

function busy(why: string): FaztError {
  return new FaztError("BUSY", `Cannot read the repository: ${why}`, { hint: "try again" });
}
