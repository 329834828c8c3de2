import process from "node:process";

/** Everything the command line touches of the process around it; tests put their own in. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: Source;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** Calls `listener` at each interrupt (SIGINT, SIGTERM); the result stops that. */
  onInterrupt(listener: () => void): () => void;
}

/** An output of the process. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Columns of the terminal; 80 elsewhere. */
  columns(): number;
  /** Writes all of it. @throws {Deno.errors.BrokenPipe} when the reader has gone. */
  write(bytes: Uint8Array): void;
}

/** The input of the process. */
export interface Source {
  readonly isTerminal: boolean;
  /** The next line without its end; undefined at the end of input. */
  readLine(options?: { readonly hidden?: boolean }): Promise<string | undefined>;
  /** Everything up to the end of input. */
  readAll(): Promise<Uint8Array>;
  /** The same as it arrives. */
  stream(): ReadableStream<Uint8Array>;
}

/** The process's own. */
export function systemIo(): Io {
  return {
    stdout: sink(Deno.stdout),
    stderr: sink(Deno.stderr),
    stdin: {
      isTerminal: Deno.stdin.isTerminal(),
      readLine: (options) => readLine(options?.hidden ?? false),
      stream: () => Deno.stdin.readable,
      readAll: async () => new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer()),
    },
    env: process.env,
    cwd: Deno.cwd(),
    onInterrupt(listener) {
      const signals: Deno.Signal[] = Deno.build.os === "windows"
        ? ["SIGINT"]
        : ["SIGINT", "SIGTERM"];
      const onSignal = () => {
        // A hidden prompt may be open: the terminal must echo again.
        if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(false);
        listener();
      };
      for (const signal of signals) Deno.addSignalListener(signal, onSignal);
      return () => {
        for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
      };
    },
  };
}

function sink(stream: typeof Deno.stdout | typeof Deno.stderr): Sink {
  return {
    isTerminal: stream.isTerminal(),
    columns: () => stream.isTerminal() ? Deno.consoleSize().columns : 80,
    write(bytes) {
      for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    },
  };
}

/** One line from stdin, a byte at a time so that nothing after it is taken; hidden: no echo. */
async function readLine(hidden: boolean): Promise<string | undefined> {
  const raw = hidden && Deno.stdin.isTerminal();
  if (raw) Deno.stdin.setRaw(true, { cbreak: true });
  try {
    const bytes: number[] = [];
    const one = new Uint8Array(1);
    while (await Deno.stdin.read(one) !== null) {
      const byte = one[0]!;
      if (byte === 0x0a || byte === 0x0d) return new TextDecoder().decode(new Uint8Array(bytes));
      if (raw && (byte === 0x7f || byte === 0x08)) bytes.pop();
      else bytes.push(byte);
    }
    return bytes.length > 0 ? new TextDecoder().decode(new Uint8Array(bytes)) : undefined;
  } finally {
    if (raw) Deno.stdin.setRaw(false);
  }
}
