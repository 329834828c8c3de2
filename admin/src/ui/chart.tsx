import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { Table } from "./table.tsx";
import { Button } from "./button.tsx";
import { dateTime } from "../lib/format.ts";

/** One line or area of a chart. */
export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Which of the four chart colours; default by place. */
  readonly color?: 1 | 2 | 3 | 4;
}

/** Values over time, drawn by uPlot, which is loaded when the first chart is shown. */
export function Chart(
  { at, series, format = String, label, height = 200 }: {
    /** Unix ms, ascending. */
    readonly at: readonly number[];
    readonly series: readonly Series[];
    readonly format?: (value: number) => string;
    /** What the chart shows, for screen readers. */
    readonly label: string;
    readonly height?: number;
  },
) {
  const host = useRef<HTMLDivElement>(null);
  const asTable = useSignal(false);
  useEffect(() => {
    const element = host.current;
    if (element === null || at.length === 0) return;
    let chart: uPlot | undefined;
    let gone = false;
    const draw = async () => {
      const { default: Plot } = await import("uplot");
      if (gone) return;
      chart?.destroy();
      chart = new Plot(
        { ...options({ series, format, height }), width: Math.max(element.clientWidth, 200) },
        [at.map((time) => time / 1000), ...series.map(({ values }) => values)] as uPlot.AlignedData,
        element,
      );
    };
    const size = new ResizeObserver(() => {
      chart?.setSize({ width: Math.max(element.clientWidth, 200), height });
    });
    size.observe(element);
    // Colours are read from the page when it is drawn.
    const theme = new MutationObserver(() => void draw());
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    void draw();
    return () => {
      gone = true;
      size.disconnect();
      theme.disconnect();
      chart?.destroy();
    };
  }, [at, series, asTable.value]);
  if (asTable.value) {
    return (
      <div>
        <Button small kind="plain" onClick={() => asTable.value = false}>Show as a chart</Button>
        <Table
          caption={label}
          rows={at.map((time, i) => ({ time, i })).reverse().slice(0, 200)}
          rowKey={({ i }) => i}
          columns={[
            { title: "Time", cell: ({ time }) => dateTime(time) },
            ...series.map((one) => ({
              title: one.label,
              cell: ({ i }: { i: number }) => one.values[i] == null ? "–" : format(one.values[i]!),
              kind: "end" as const,
            })),
          ]}
        />
      </div>
    );
  }
  return (
    <div>
      <div class="chart" ref={host} role="img" aria-label={label} />
      <Button small kind="plain" onClick={() => asTable.value = true}>Show as a table</Button>
    </div>
  );
}

function options(
  { series, format, height }: {
    readonly series: readonly Series[];
    readonly format: (value: number) => string;
    readonly height: number;
  },
): Omit<uPlot.Options, "width"> {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--quiet"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  return {
    height,
    cursor: { y: false, points: { size: 6 } },
    legend: { live: true },
    axes: [{ ...axis, grid: { show: false } }, {
      ...axis,
      size: 58,
      values: (_chart, splits) => splits.map((value) => value === null ? "" : format(value)),
    }],
    scales: { y: { range: (_chart, _min, max) => [0, max > 0 ? max * 1.12 : 1] } },
    series: [
      {},
      ...series.map(({ label, color: chosen }, i) => {
        const stroke = color(`--chart-${chosen ?? (i % 4) + 1}`);
        return {
          label,
          stroke,
          width: 2,
          ...i === 0 ? { fill: `${stroke}22` } : {},
          points: { show: false },
          value: (_chart: uPlot, value: number | null) => value == null ? "–" : format(value),
        };
      }),
    ],
  };
}
