// The thread that reads repositories of strangers: its heap is bounded, its time is too, and its
// only way out is to ask the kernel for one request after another.
import { parentPort } from "node:worker_threads";
import type { GitHttpRequest, GitHttpResponse, HttpClient } from "isomorphic-git";
import { FaztError } from "../lib/fazt_error.ts";
import { readFolder } from "./read_folder.ts";
import { readMarket } from "./read_market.ts";
import { notGit, Repository } from "./repository.ts";
import type { FileBytes, FromReader, Job, RefAnswer, ToReader } from "./worker_protocol.ts";

/** Files that go to the kernel together. */
const BATCH = { files: 64, bytes: 4 * 1024 * 1024 };

const port = parentPort!;
const say = (message: FromReader) => port.postMessage(message);

/** One request that is under way. */
interface Open {
  readonly head: PromiseWithResolvers<Record<string, string>>;
  readonly body: ReadableStreamDefaultController<Uint8Array>;
  readonly stream: ReadableStream<Uint8Array>;
}

const open = new Map<number, Open>();
let requests = 0;
let more: (() => void) | undefined;

port.on("message", (message: ToReader) => {
  if (message.kind === "job") return void run(message.job);
  if (message.kind === "more") return more?.();
  const one = open.get(message.id);
  if (one === undefined) return;
  if (message.kind === "head") one.head.resolve(message.headers);
  else if (message.kind === "chunk") one.body.enqueue(message.bytes);
  else {
    open.delete(message.id);
    if (message.kind === "end") return one.body.close();
    const error = FaztError.from(message.error, message.status);
    one.head.reject(error);
    one.body.error(error);
  }
});

async function run(job: Job): Promise<void> {
  try {
    say({ kind: "done", value: await work(job) });
  } catch (thrown) {
    const error = explained(thrown);
    say({ kind: "failed", error: error.toBody(), status: error.status });
  }
}

async function work(job: Job): Promise<unknown> {
  const repository = new Repository(job, client());
  if (job.kind === "refs") {
    const answers: RefAnswer[] = [];
    for (const ref of job.refs) {
      answers.push(
        await repository.resolve(ref).catch((thrown) => {
          const error = explained(thrown);
          return { error: error.toBody(), status: error.status };
        }),
      );
    }
    return answers;
  }
  const resolved = job.commit === undefined ? await repository.resolve(job.ref) : {
    commit: job.commit,
    // Where the server gives only tips of branches, the branch that was planned may still be there.
    ...(await repository.resolve(job.ref).then(
      ({ fullRef }) => fullRef === undefined ? {} : { fullRef },
      () => ({}),
    )),
  };
  await repository.fetch(resolved);
  const commit = await repository.commit(resolved.commit);
  if (job.kind === "market") return await readMarket(repository, { commit, path: job.path });
  const { give, flush } = batches();
  const { path, limits } = job;
  const answer = await readFolder(repository, { commit, path, limits, give });
  await flush();
  return answer;
}

/** Files on their way to the kernel: not more than it takes. */
function batches() {
  let files: FileBytes[] = [];
  let bytes = 0;
  const flush = async () => {
    if (files.length === 0) return;
    const taken = Promise.withResolvers<void>();
    more = taken.resolve;
    say({ kind: "files", files });
    [files, bytes] = [[], 0];
    await taken.promise;
  };
  const give = async (file: FileBytes) => {
    // Its bytes may be a view of all that was read.
    files.push({ path: file.path, bytes: file.bytes.slice() });
    bytes += file.bytes.byteLength;
    if (files.length >= BATCH.files || bytes >= BATCH.bytes) await flush();
  };
  return { give, flush };
}

/** What isomorphic-git sends requests with. What a job asks for twice, it gets from the first time. */
function client(): HttpClient {
  const known = new Map<string, Promise<{ headers: Record<string, string>; bytes: Uint8Array }>>();
  const fetched = async (request: GitHttpRequest): Promise<GitHttpResponse> => {
    const { method = "GET", url, headers = {} } = request;
    const respond = (headers: Record<string, string>, body: AsyncIterableIterator<Uint8Array>) => ({
      url,
      method,
      statusCode: 200,
      statusMessage: "OK",
      headers,
      body,
    });
    if (method !== "GET") {
      const { headers: got, stream } = await ask({ method: "POST", url, headers }, request.body);
      return respond(got, stream[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>);
    }
    const key = JSON.stringify([url, headers]);
    const answer = known.get(key) ?? ask({ method: "GET", url, headers }, undefined)
      .then(async ({ headers, stream }) => ({
        headers,
        bytes: new Uint8Array(await new Response(stream).arrayBuffer()),
      }));
    known.set(key, answer);
    const { headers: got, bytes } = await answer;
    return respond(got, once(bytes));
  };
  return { request: fetched };
}

async function ask(
  { method, url, headers }: {
    readonly method: "GET" | "POST";
    readonly url: string;
    readonly headers: Record<string, string>;
  },
  parts: AsyncIterable<Uint8Array> | undefined,
): Promise<{ headers: Record<string, string>; stream: ReadableStream<Uint8Array> }> {
  const body = parts && new Uint8Array(
    await new Blob(await Array.fromAsync(parts, (part) => new Uint8Array(part))).arrayBuffer(),
  );
  const id = ++requests;
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) });
  const head = Promise.withResolvers<Record<string, string>>();
  open.set(id, { head, body: controller, stream });
  say({ kind: "request", id, method, url, headers, body });
  return { headers: await head.promise, stream };
}

async function* once(bytes: Uint8Array): AsyncIterableIterator<Uint8Array> {
  yield bytes;
}

/** The library's errors in the words of this project. */
function explained(thrown: unknown): FaztError {
  if (thrown instanceof FaztError) return thrown;
  const { code, message } = (thrown ?? {}) as { readonly code?: string; readonly message?: string };
  if (code === "SmartHttpError" || code === "ParseError" || code === "HttpError") return notGit();
  if (code === "UnsafeFilepathError") {
    return new FaztError(
      "PATH_INVALID",
      "Cannot use the repository: a name in it is no file name",
      {
        hint: "no name may contain a slash or a backslash",
        status: 422,
      },
    );
  }
  if (code === "NotFoundError" || code === "ObjectTypeError" || code === "InternalError") {
    return new FaztError("SOURCE_DAMAGED", "Cannot read the repository: an object is not there", {
      hint: "try again; git fsck on its server finds what is wrong there",
      status: 422,
      details: { cause: String(message).slice(0, 300) },
    });
  }
  // The thread has no secrets: what went wrong in it may be told.
  return new FaztError("INTERNAL", "Cannot read the repository: something went wrong inside", {
    details: { cause: String(thrown).slice(0, 500) },
  });
}
