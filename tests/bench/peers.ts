import { freePort } from "./free_port.ts";
import { installed } from "./load.ts";

/** Another server that serves one folder, to measure beside. */
export interface Peer {
  readonly name: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** Every peer that is installed, serving `folder` on a port of its own. */
export async function startPeers(folder: string): Promise<Peer[]> {
  const peers: Peer[] = [];
  if (installed("nginx")) peers.push(await nginx(folder));
  if (installed("caddy")) peers.push(await caddy(folder));
  return peers;
}

async function nginx(folder: string): Promise<Peer> {
  const port = freePort();
  const dir = Deno.makeTempDirSync({ prefix: "fazt-nginx-" });
  Deno.chmodSync(folder, 0o755);
  Deno.writeTextFileSync(
    `${dir}/nginx.conf`,
    `daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
    events { worker_connections 1024; }
    http { access_log off; sendfile on; open_file_cache max=100; etag on; default_type text/html;
      server { listen 127.0.0.1:${port}; root ${folder}; } }`,
  );
  return await run("nginx", ["-c", `${dir}/nginx.conf`, "-p", dir], port);
}

async function caddy(folder: string): Promise<Peer> {
  const port = freePort();
  return await run(
    "caddy",
    ["file-server", "--root", folder, "--listen", `127.0.0.1:${port}`],
    port,
  );
}

async function run(program: string, args: string[], port: number): Promise<Peer> {
  const child = new Deno.Command(program, { args, stdout: "null", stderr: "null" }).spawn();
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 200; i++) {
    const up = await fetch(`${url}/page.html`).then((r) => r.bytes()).catch(() => undefined);
    if (up) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return {
    name: program,
    url,
    stop: async () => {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}
