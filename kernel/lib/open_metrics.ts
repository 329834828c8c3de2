/** One value of a metric with what tells it from the others. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How often values fell into classes, with what tells it from the others. */
export interface Histogram {
  readonly labels?: Readonly<Record<string, string>>;
  /** Upper bounds of the classes, rising; the last is Infinity. */
  readonly bounds: readonly number[];
  /** How many fell into each class, not those below it. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A metric family of the OpenMetrics text format 1.0. */
export type Metric = PlainMetric | HistogramMetric;

/** A family of values that were put into classes. */
export interface HistogramMetric {
  readonly name: string;
  readonly type: "histogram";
  readonly unit?: "seconds" | "bytes";
  readonly help: string;
  readonly histograms: readonly Histogram[];
}

/** A family of single values. */
export interface PlainMetric {
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
  const lines = metrics.flatMap((metric) => {
    const { name, type, unit, help } = metric;
    return [
      `# TYPE ${name} ${type}`,
      ...unit === undefined ? [] : [`# UNIT ${name} ${unit}`],
      `# HELP ${name} ${escaped(help)}`,
      ...metric.type === "histogram"
        ? metric.histograms.flatMap((histogram) => histogramLines(name, histogram))
        : metric.samples.filter(({ value }) => Number.isFinite(value)).map(({ labels, value }) =>
          `${name}${SUFFIX[metric.type]}${labelsOf(labels)} ${value}`
        ),
    ];
  });
  return `${lines.join("\n")}\n# EOF\n`;
}

function histogramLines(name: string, { labels, bounds, counts, sum }: Histogram): string[] {
  let count = 0;
  const buckets = bounds.map((bound, i) => {
    count += counts[i]!;
    const le = bound === Infinity ? "+Inf" : String(bound);
    return `${name}_bucket${labelsOf({ ...labels, le })} ${count}`;
  });
  return [
    ...buckets,
    `${name}_count${labelsOf(labels)} ${count}`,
    `${name}_sum${labelsOf(labels)} ${sum}`,
  ];
}

function labelsOf(labels: Sample["labels"]): string {
  const pairs = Object.entries(labels ?? {}).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** As the specification asks: backslash, quotation mark and line feed. */
const escaped = (text: string): string =>
  text.replace(/[\\"\n]/g, (c) => c === "\n" ? "\\n" : `\\${c}`);
