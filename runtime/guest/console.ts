/** What the captured console needs. */
export interface ConsoleDeps {
  readonly inspect: (value: unknown) => string;
  /** Sends one line; `fields` is JSON-safe or undefined. */
  readonly write: (level: string, message: string, fields?: unknown) => void;
}

/**
 * A console whose lines go to the app's log with their level.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createConsole(deps: ConsoleDeps): Console {
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();
  let indent = "";

  const text = (args: unknown[]) => {
    const rest = [...args];
    let head = "";
    if (typeof rest[0] === "string" && /%[sdifoOjc]/.test(rest[0])) {
      head = (rest.shift() as string).replace(/%([sdifoOjc%])/g, (all, kind) => {
        if (kind === "%") return "%";
        if (rest.length === 0) return all;
        const value = rest.shift();
        if (kind === "s") return String(value);
        if (kind === "d" || kind === "i") return String(Math.trunc(Number(value)));
        if (kind === "f") return String(Number(value));
        if (kind === "j") return JSON.stringify(value) ?? "undefined";
        return kind === "c" ? "" : deps.inspect(value);
      });
    }
    const tail = rest.map((a) => typeof a === "string" ? a : deps.inspect(a));
    return indent + (head === "" ? tail : [head, ...tail]).join(" ");
  };
  const at = (level: string) => (...args: unknown[]) => deps.write(level, text(args));
  const elapsed = (label: string) =>
    `${label}: ${(performance.now() - (timers.get(label) ?? performance.now())).toFixed(1)}ms`;

  const made: Record<string, unknown> = {
    debug: at("debug"),
    log: at("info"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    trace: (...args: unknown[]) => deps.write("debug", `${text(args)}\n${new Error().stack ?? ""}`),
    dir: (value: unknown) => deps.write("info", text([deps.inspect(value)])),
    dirxml: at("info"),
    table: (value: unknown) => deps.write("info", text([value])),
    assert: (ok: unknown, ...args: unknown[]) => {
      if (!ok) deps.write("error", `Assertion failed${args.length ? ": " + text(args) : ""}`);
    },
    group: (...args: unknown[]) => {
      if (args.length > 0) deps.write("info", text(args));
      indent = (indent + "  ").slice(0, 40);
    },
    groupEnd: () => indent = indent.slice(2),
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      deps.write("info", `${label}: ${counts.get(label)}`);
    },
    countReset: (label = "default") => counts.delete(label),
    time: (label = "default") => timers.set(label, performance.now()),
    timeLog: (label = "default") => deps.write("info", elapsed(label)),
    timeEnd: (label = "default") => {
      deps.write("info", elapsed(label));
      timers.delete(label);
    },
    clear: () => {},
  };
  made.groupCollapsed = made.group;
  return made as unknown as Console;
}
