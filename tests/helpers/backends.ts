// Servers of others that apps talk to: Redis and PostgreSQL, as Debian packages them.
import { TEST_CERT, TEST_KEY } from "../../kernel/egress/testing_tls.ts";
import { until } from "./until.ts";

/** A server in a process of its own, on a loopback port, its files in a temporary folder. */
export interface Backend extends AsyncDisposable {
  readonly port: number;
  /** With TLS from the first byte; its certificate is for `good.test`. */
  readonly tlsPort: number;
}

/** Nobody's user id: PostgreSQL does not run as root. */
const NOBODY = 65_534;

/** Where Debian keeps `initdb` and `postgres`; undefined where they are not installed. */
export function postgresFolder(): string | undefined {
  const root = "/usr/lib/postgresql";
  try {
    const [newest] = [...Deno.readDirSync(root)].map(({ name }) => name).sort().reverse();
    return newest && `${root}/${newest}/bin`;
  } catch {
    return undefined;
  }
}

/** Whether there is such a program. */
export function hasRedis(): boolean {
  try {
    return new Deno.Command("redis-server", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

/** Starts Redis without a password. */
export async function startRedis(): Promise<Backend> {
  const { dir, files } = await folder();
  const [port, tlsPort] = [freePort(), freePort()];
  const args = [
    ...["--port", `${port}`, "--tls-port", `${tlsPort}`, "--bind", "127.0.0.1"],
    ...["--tls-cert-file", files.cert, "--tls-key-file", files.key, "--tls-auth-clients", "no"],
    ...["--tls-ca-cert-file", files.cert, "--save", "", "--dir", dir],
  ];
  return await running("redis-server", { args, dir, port, tlsPort });
}

/** Starts PostgreSQL with the user `fazt`, the password `secret`, and TLS for who asks for it. */
export async function startPostgres(): Promise<Backend> {
  const bin = postgresFolder()!;
  const { dir, files } = await folder();
  // Whoever it runs as need not be let into the folder of the tests.
  const as = Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY, cwd: dir } : {};
  if (Deno.uid() === 0) {
    for (const path of [dir, files.cert, files.key, files.password]) {
      await Deno.chown(path, NOBODY, NOBODY);
    }
  }
  const made = await new Deno.Command(`${bin}/initdb`, {
    args: ["-D", `${dir}/data`, "-U", "fazt", "-A", "scram-sha-256", "--no-sync"].concat(
      `--pwfile=${files.password}`,
    ),
    env: { LC_ALL: "C" },
    ...as,
  }).output();
  if (!made.success) throw new Error(new TextDecoder().decode(made.stderr));
  const port = freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    ssl: "on",
    ssl_cert_file: files.cert,
    ssl_key_file: files.key,
    fsync: "off",
  };
  const args = [
    ...["-D", `${dir}/data`, "-p", `${port}`],
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
  return await running(`${bin}/postgres`, { args, dir, port, tlsPort: port, as });
}

async function folder() {
  const dir = await Deno.makeTempDir({ prefix: "fazt-backend-" });
  await Deno.chmod(dir, 0o700);
  const files = { cert: `${dir}/cert.pem`, key: `${dir}/key.pem`, password: `${dir}/password` };
  await Deno.writeTextFile(files.cert, TEST_CERT);
  await Deno.writeTextFile(files.key, TEST_KEY, { mode: 0o600 });
  await Deno.writeTextFile(files.password, "secret");
  return { dir, files };
}

async function running(
  program: string,
  { args, dir, port, tlsPort, as = {} }: {
    readonly args: string[];
    readonly dir: string;
    readonly port: number;
    readonly tlsPort: number;
    readonly as?: { readonly uid?: number; readonly gid?: number; readonly cwd?: string };
  },
): Promise<Backend> {
  const child = new Deno.Command(program, { args, ...as, stdout: "null", stderr: "null" }).spawn();
  const end = async () => {
    try {
      child.kill("SIGINT");
    } catch { /* it has ended */ }
    await child.status;
    await Deno.remove(dir, { recursive: true });
  };
  try {
    await until(() => answers(port), 30_000);
  } catch (error) {
    await end();
    throw error;
  }
  return { port, tlsPort, [Symbol.asyncDispose]: end };
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return (listener.addr as Deno.NetAddr).port;
}
