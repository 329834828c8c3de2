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
/** How long a thread that has nothing to do is kept, ms. */
const SPARE_MS = 10_000;
const INFO = "/info/refs?service=git-upload-pack";
const UPLOAD = "/git-upload-pack";

/**
 * Reads repositories, each in a thread of its own that is ended when its time is over. All its
 * requests are sent here: they go to the repository and nowhere else.
 */
export class GitClient {
  readonly #readers = new Set<Reader>();
  #spares: Reader[] = [];
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
    for (const reader of this.#spares) reader.close();
    this.#spares = [];
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
      const job: Job = { ...task, url: place.url, limits: limitsOf(settings) };
      const reader = this.#spares.pop() ?? new Reader(this.deps);
      reader.wake();
      this.#readers.add(reader);
      try {
        const ms = settings.get("limits.git.seconds") * 1000;
        return await reader.run({ job, place, take, ms }) as T;
      } finally {
        await this.#release(reader);
      }
    } finally {
      this.#working--;
      this.#queue.shift()?.();
    }
  }

  /** A thread that did what it was asked waits a moment for the next repository. */
  async #release(reader: Reader): Promise<void> {
    this.#readers.delete(reader);
    if (!reader.sound || this.#stopped || this.#spares.length > 0) return await reader.close();
    this.#spares.push(reader);
    reader.rest(SPARE_MS, () => {
      this.#spares = this.#spares.filter((one) => one !== reader);
      reader.close();
    });
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

/** What a thread is asked to do, and for whom. */
interface Work {
  readonly job: Job;
  readonly place: Place;
  readonly take: (files: readonly FileBytes[]) => Promise<void>;
  readonly ms: number;
}

/** What a thread is at. */
interface Current extends Work {
  readonly done: PromiseWithResolvers<unknown>;
  readonly abort: AbortController;
  bytesLeft: number;
  /** Where the repository is, after redirects. */
  base: string;
}

/** One thread and the requests it asks for. */
class Reader {
  readonly #worker: NodeWorker;
  #current: Current | undefined;
  #resting: ReturnType<typeof setTimeout> | undefined;
  /** Whether it can be asked again: it never was ended, and nothing went wrong in it. */
  sound = true;

  constructor(private readonly deps: GitClientDeps) {
    this.#worker = new NodeWorker(moduleUrl("kernel/sources/git_reader.ts"), {
      env: {},
      stdin: false,
      resourceLimits: {
        maxOldGenerationSizeMb: deps.settings.get("limits.git.heapMb"),
        maxYoungGenerationSizeMb: 16,
      },
    });
    this.#worker.on("message", (message: FromReader) => this.#hear(message));
    this.#worker.on("error", (error: { readonly code?: string }) => {
      const memory = error?.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.end(
        memory ? tooLarge(deps.settings, "limits.git.heapMb") : toFaztError(error),
      );
    });
    this.#worker.on("exit", () => this.end(busy("its thread ended")));
  }

  /** Does one job. @throws {FaztError} what it found, `TIMEOUT`. */
  async run(work: Work): Promise<unknown> {
    const current: Current = {
      ...work,
      done: Promise.withResolvers(),
      abort: new AbortController(),
      bytesLeft: work.job.limits.packBytes,
      base: work.place.url,
    };
    this.#current = current;
    const timer = setTimeout(() => {
      this.end(
        new FaztError("TIMEOUT", `Cannot read the repository: it took over ${work.ms / 1000} s`, {
          hint: "fazt config set limits.git.seconds <value> allows more",
          details: { limit: "git.seconds", max: work.ms / 1000 },
        }),
      );
    }, work.ms);
    this.#say({ kind: "job", job: work.job });
    try {
      return await current.done.promise;
    } finally {
      clearTimeout(timer);
      this.#current = undefined;
      current.abort.abort(busy("it is over"));
    }
  }

  /** Gives up: what it is at fails, and it is not asked again. */
  end(error: FaztError): void {
    this.sound = false;
    this.#current?.done.reject(error);
    this.#current?.abort.abort(error);
  }

  /** Calls back when nobody had anything for it to do. */
  rest(ms: number, over: () => void): void {
    this.#resting = setTimeout(over, ms);
    Deno.unrefTimer(this.#resting as unknown as number);
  }

  /** There is something to do again. */
  wake(): void {
    clearTimeout(this.#resting);
  }

  async close(): Promise<void> {
    this.wake();
    this.end(busy("it is over"));
    await this.#worker.terminate();
  }

  #say(message: ToReader): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromReader): void {
    const current = this.#current;
    if (current === undefined) return;
    if (message.kind === "request") return void this.#send(current, message);
    if (message.kind === "done") return current.done.resolve(message.value);
    if (message.kind === "failed") {
      return current.done.reject(FaztError.from(message.error, message.status));
    }
    current.take(message.files).then(
      () => this.#say({ kind: "more" }),
      (error) => this.end(toFaztError(error)),
    );
  }

  async #send(
    current: Current,
    message: Extract<FromReader, { kind: "request" }>,
  ): Promise<void> {
    const { id } = message;
    try {
      const { headers, body } = await this.#ask(current, message);
      this.#say({ kind: "head", id, headers: Object.fromEntries(headers) });
      for await (const bytes of body ?? []) {
        current.bytesLeft -= bytes.byteLength;
        if (current.bytesLeft < 0) throw tooLarge(this.deps.settings, "limits.git.packMb");
        this.#say({ kind: "chunk", id, bytes });
      }
      this.#say({ kind: "end", id });
    } catch (thrown) {
      const error = toFaztError(thrown);
      this.#say({ kind: "fail", id, error: error.toBody(), status: error.status });
    }
  }

  /** Only the two requests of the protocol are sent, and only below the repository's address. */
  async #ask(
    current: Current,
    message: Extract<FromReader, { kind: "request" }>,
  ): Promise<NodeAnswer> {
    const { url: base, authorization } = current.place;
    const info = message.method === "GET" && message.url === `${base}${INFO}`;
    if (!info && !(message.method === "POST" && message.url === `${base}${UPLOAD}`)) {
      throw new FaztError("INTERNAL", "Cannot send this: it is no request for the repository");
    }
    const { settings, requests } = this.deps;
    const answer = await requests.send({
      method: message.method,
      url: info ? message.url : `${current.base}${UPLOAD}`,
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
      signal: current.abort.signal,
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
      current.base = answer.url.slice(0, -INFO.length);
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
