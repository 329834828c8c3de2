/** What one load run saw. */
export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** Whether a program is installed. */
export function installed(program: string): boolean {
  try {
    return new Deno.Command("which", { args: [program], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Loads one URL with wrk for a bounded time; undefined where wrk is not installed. */
export async function load(
  url: string,
  options: {
    readonly connections: number;
    readonly host?: string;
    readonly method?: "GET" | "POST";
    /** Sent as JSON. */
    readonly body?: unknown;
    readonly seconds?: number;
  },
): Promise<LoadResult | undefined> {
  if (!installed("wrk")) return undefined;
  const script = Deno.makeTempFileSync({ suffix: ".lua" });
  const body = options.body === undefined ? "" : `wrk.body = [[${JSON.stringify(options.body)}]]
wrk.headers["content-type"] = "application/json"\n`;
  Deno.writeTextFileSync(script, `wrk.method = "${options.method ?? "GET"}"\n${body}`);
  const { stdout } = await new Deno.Command("wrk", {
    args: [
      "-t1",
      `-c${options.connections}`,
      `-d${options.seconds ?? 4}s`,
      "--latency",
      "-s",
      script,
      ...(options.host ? ["-H", `Host: ${options.host}`] : []),
      url,
    ],
  }).output();
  Deno.removeSync(script);
  const text = new TextDecoder().decode(stdout);
  const ms = (percent: string) => {
    const [, value, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? [];
    return Number(value) * (unit === "us" ? 0.001 : unit === "s" ? 1000 : 1);
  };
  return {
    perSecond: Math.round(Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0)),
    p50Ms: ms("50"),
    p99Ms: ms("99"),
    failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0),
  };
}

/** Loads one path over TLS with h2load for a bounded time, 16 connections of 8 streams. */
export async function loadHttp2(
  { host, port, path }: {
    readonly host: string;
    readonly port: number;
    readonly path: string;
  },
): Promise<LoadResult | undefined> {
  if (!installed("h2load")) return undefined;
  const { stdout } = await new Deno.Command("h2load", {
    args: [
      ...["-t1", "-c16", "-m8", "-D4", `--connect-to=127.0.0.1:${port}`],
      `https://${host}:${port}${path}`,
    ],
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const [, perSecond = "0"] = /([\d.]+) req\/s/.exec(text) ?? [];
  const [, ...others] = /: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(text) ?? [];
  return {
    perSecond: Math.round(Number(perSecond)),
    p50Ms: NaN,
    p99Ms: NaN,
    failed: others.reduce((sum, one) => sum + Number(one), 0),
  };
}
