// Real git behind HTTP: its own CGI program, git-http-backend, on a loopback port.

/** What a server of repositories does beside serving them. */
export interface GitServerOptions {
  /** `user:password` that every request has to carry. */
  readonly credential?: string;
  /** Whether protocol version 2 is spoken; default: yes. */
  readonly v2?: boolean;
  /** Called with every request; an answer of its own goes instead of git's. */
  readonly intercept?: (request: Request) => Response | undefined | Promise<Response | undefined>;
}

/** Repositories that can be fetched over HTTP. */
export interface GitServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40000`. */
  readonly url: string;
  readonly host: string;
  /** Folder of the bare repositories. */
  readonly root: string;
  /** What was asked for, oldest first: method, path, protocol, authorization. */
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly protocol: string;
    readonly authorization: string | null;
  }[];
  options: GitServerOptions;
}

/** Whether git and its HTTP backend are here; else what to install. */
export function gitMissing(): string | undefined {
  try {
    return Deno.statSync(backendPath()).isFile ? undefined : "apt-get install git";
  } catch {
    return "apt-get install git";
  }
}

let path: string | undefined;
function backendPath(): string {
  if (path !== undefined) return path;
  const { stdout } = new Deno.Command("git", { args: ["--exec-path"] }).outputSync();
  return path = `${new TextDecoder().decode(stdout).trim()}/git-http-backend`;
}

/** Starts a server of the bare repositories below a folder of its own. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const root = await Deno.makeTempDir({ prefix: "fazt-git-" });
  const requests: GitServer["requests"] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    const protocol = request.headers.get("git-protocol") ?? "";
    const authorization = request.headers.get("authorization");
    requests.push({ method: request.method, path: pathname, protocol, authorization });
    return answer(request, { root, options: self.options });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  const self: GitServer = {
    url: `http://${host}`,
    host,
    root,
    requests,
    options,
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      await Deno.remove(root, { recursive: true });
    },
  };
  return self;
}

async function answer(
  request: Request,
  { root, options }: { readonly root: string; readonly options: GitServerOptions },
): Promise<Response> {
  const own = await options.intercept?.(request);
  if (own !== undefined) return own;
  const { credential } = options;
  if (credential && request.headers.get("authorization") !== `Basic ${btoa(credential)}`) {
    return new Response("who?", { status: 401, headers: { "www-authenticate": "Basic" } });
  }
  return await runCgi(request, root, options.v2 ?? true);
}

/** RFC 3875, as much of it as git-http-backend needs. */
async function runCgi(request: Request, root: string, v2: boolean): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const header = (name: string) => request.headers.get(name) ?? "";
  const child = new Deno.Command(backendPath(), {
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "/usr/bin",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_NOSYSTEM: "1",
      HOME: root,
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: header("content-type"),
      CONTENT_LENGTH: header("content-length"),
      REMOTE_ADDR: "127.0.0.1",
      ...(v2 ? { GIT_PROTOCOL: header("git-protocol") } : {}),
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const body = new Uint8Array(await request.arrayBuffer());
  const writer = child.stdin.getWriter();
  await writer.write(body).then(() => writer.close()).catch(() => {});
  const { stdout } = await child.output();
  const text = new TextDecoder("latin1").decode(stdout.subarray(0, 8192));
  const end = text.indexOf("\r\n\r\n");
  const headers = new Headers();
  let status = 200;
  for (const line of text.slice(0, end).split("\r\n")) {
    const [name = "", value = ""] = line.split(/:\s*/, 2);
    if (name.toLowerCase() === "status") status = parseInt(value);
    else if (name !== "") headers.append(name, value);
  }
  return new Response(stdout.subarray(end + 4), { status, headers });
}

/** A repository with a working folder, published as a bare one. */
export interface GitRepo {
  /** Folder in which files are changed. */
  readonly dir: string;
  readonly url: string;
  /** Runs git in it; gives what it printed. */
  git(...args: string[]): Promise<string>;
  /** Writes files (null removes one), commits and pushes; gives the commit. */
  commit(
    files: Readonly<Record<string, string | Uint8Array | null>>,
    message?: string,
  ): Promise<string>;
}

/** Makes a repository that the server serves as `<name>.git`. */
export async function makeRepo(server: GitServer, name: string): Promise<GitRepo> {
  const bare = `${server.root}/${name}.git`;
  const dir = `${server.root}/work-${name}`;
  await run(server.root, "init", "--quiet", "--bare", "--initial-branch=main", bare);
  await run(server.root, "init", "--quiet", "--initial-branch=main", dir);
  const git = (...args: string[]) => run(dir, ...args);
  await git("remote", "add", "origin", bare);
  return {
    dir,
    url: `${server.url}/${name}.git`,
    git,
    commit: async (files, message = "change") => {
      for (const [path, content] of Object.entries(files)) {
        const target = `${dir}/${path}`;
        await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
        if (content === null) await Deno.remove(target, { recursive: true });
        else if (typeof content === "string") await Deno.writeTextFile(target, content);
        else await Deno.writeFile(target, content);
      }
      await git("add", "--all", "--force");
      await git("commit", "--quiet", "--allow-empty", "-m", message);
      await git("push", "--quiet", "--force", "origin", "HEAD");
      return (await git("rev-parse", "HEAD")).trim();
    },
  };
}

async function run(cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args,
    cwd,
    env: {
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: "ada@example.org",
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.org",
    },
  }).output();
  if (!success) throw new Error(`git ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
