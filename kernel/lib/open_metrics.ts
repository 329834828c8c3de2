/** One value of a metric with what tells it from the others. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric family of the OpenMetrics text format 1.0. */
export interface Metric {
  /** Without the `_total` of a counter; ends with the unit, if there is one. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "info" | "stateset";
  readonly unit?: "seconds" | "bytes";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The media type of {@link openMetrics}. */
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const SUFFIX = { counter: "_total", gauge: "", info: "_info", stateset: "" } as const;

/** Metrics as OpenMetrics text. Values that are not finite numbers are left out. */
export function openMetrics(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap(({ name, type, unit, help, samples }) => [
    `# TYPE ${name} ${type}`,
    ...unit === undefined ? [] : [`# UNIT ${name} ${unit}`],
    `# HELP ${name} ${escaped(help)}`,
    ...samples.filter(({ value }) => Number.isFinite(value))
      .map(({ labels, value }) => `${name}${SUFFIX[type]}${labelsOf(labels)} ${value}`),
  ]);
  return `${lines.join("\n")}\n# EOF\n`;
}

function labelsOf(labels: Sample["labels"]): string {
  const pairs = Object.entries(labels ?? {}).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** As the specification asks: backslash, quotation mark and line feed. */
const escaped = (text: string): string =>
  text.replace(/[\\"\n]/g, (c) => c === "\n" ? "\\n" : `\\${c}`);
