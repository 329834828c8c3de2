import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { location, setQuery } from "../../data/location.ts";
import { useQuery } from "../../data/query.ts";
import type { Analytics, App } from "../../data/shapes.ts";
import { bytes, count, duration, percent, plural } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import { LinkButton } from "../../ui/button.tsx";
import { Chart } from "../../ui/chart.tsx";
import { SelectField, Switch } from "../../ui/form.tsx";
import { Card, PageHead, Stats } from "../../ui/layout.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";

const DAY = 86_400_000;
const RANGES = { day: DAY, week: 7 * DAY, month: 30 * DAY, quarter: 90 * DAY } as const;
type Range = keyof typeof RANGES;
const KINDS = {
  path: "Pages",
  referrer: "Where they came from",
  device: "Devices",
  browser: "Browsers",
  os: "Systems",
  country: "Countries",
  status: "Answers",
  event: "Events",
} as const;
type Kind = keyof typeof KINDS;

interface Top {
  readonly items: readonly {
    readonly name: string;
    readonly views: number;
    readonly visitors: number;
  }[];
  readonly other: { readonly views: number; readonly visitors: number };
}

/** Who visited, counted without knowing anybody. */
export default function Page() {
  const query = location.query.value;
  const app = query.get("app") ?? "";
  const range =
    (Object.hasOwn(RANGES, query.get("range") ?? "") ? query.get("range") : "week") as Range;
  // Kept still between renders, to five minutes: each address is asked for once.
  const to = Math.ceil(Date.now() / 300_000) * 300_000;
  const period = { app, from: to - RANGES[range], to };
  const apps = useQuery<readonly App[]>("/api/apps");
  const figures = useQuery<Analytics>(withQuery("/api/analytics", period), { every: 60_000 });
  const live = useQuery<{ visitors: number; views: number }>(
    withQuery("/api/analytics/live", { app }),
    { every: 10_000 },
  );
  return (
    <>
      <PageHead
        title="Analytics"
        sub="No cookies, no addresses kept: visitors are counted by a hash that is forgotten each day"
        actions={
          <LinkButton icon="download" href={withQuery("/api/analytics.csv", period)} download>
            CSV
          </LinkButton>
        }
      />
      <div class="stack">
        <div class="filters">
          <SelectField
            label="App"
            value={app}
            options={[
              { value: "", text: "All apps" },
              ...(apps.data ?? []).map(({ id, name }) => ({ value: id, text: name })),
            ]}
            onChange={(value) => setQuery({ app: value })}
          />
          <Switch<Range>
            label="Period"
            value={range}
            options={[
              { value: "day", text: "24 hours" },
              { value: "week", text: "7 days" },
              { value: "month", text: "30 days" },
              { value: "quarter", text: "90 days" },
            ]}
            onChange={(value) => setQuery({ range: value })}
          />
          {live.data && (
            <span class="quiet small">
              Now: {plural(live.data.visitors, "visitor")}, {plural(live.data.views, "view")}{" "}
              in 5 minutes
            </span>
          )}
        </div>
        <Loaded
          query={figures}
          missing={
            <Card>
              <Empty icon="chart" title="This node does not count visitors" />
            </Card>
          }
        >
          {(data) => <Figures data={data} />}
        </Loaded>
        {figures.data && (
          <>
            <div class="columns">
              <TopList period={period} kinds={["path"]} />
              <TopList period={period} kinds={["referrer"]} />
              <TopList period={period} kinds={["device", "browser", "os"]} />
              <TopList period={period} kinds={["country", "status", "event"]} />
            </div>
            {app === "" && <ByApp from={period.from} to={period.to} />}
          </>
        )}
      </div>
    </>
  );
}

function Figures({ data }: { readonly data: Analytics }) {
  const { totals, previous, latency } = data;
  const chart = useMemo(() => ({
    at: data.series.map(({ at }) => at),
    views: [
      { label: "Views", values: data.series.map(({ views }) => views) },
      { label: "Visitors", values: data.series.map(({ visitors }) => visitors) },
    ],
    requests: [
      { label: "Requests", values: data.series.map(({ requests }) => requests), color: 2 as const },
      { label: "Failed", values: data.series.map(({ errors }) => errors), color: 4 as const },
    ],
  }), [data]);
  return (
    <>
      <Stats
        items={[
          {
            label: "Visitors",
            value: count(totals.visitors),
            note: trend(totals.visitors, previous.visitors),
          },
          {
            label: "Page views",
            value: count(totals.views),
            note: trend(totals.views, previous.views),
          },
          {
            label: "Requests",
            value: count(totals.requests),
            note: trend(totals.requests, previous.requests),
          },
          {
            label: "Sent",
            value: bytes(totals.bytesOut),
            note: trend(totals.bytesOut, previous.bytesOut),
          },
          {
            label: "Half answered within",
            value: latency.p50 === null ? "–" : duration(latency.p50),
            note: latency.p95 === null
              ? "nothing measured"
              : `95 of 100 within ${duration(latency.p95)}`,
          },
        ]}
      />
      <Card title="Views and visitors">
        <Chart
          at={chart.at}
          series={chart.views}
          format={count}
          label="Page views and visitors over time"
          height={230}
        />
      </Card>
      <Card title="Requests">
        <Chart
          at={chart.at}
          series={chart.requests}
          format={count}
          label="Requests and failures over time"
          height={170}
        />
      </Card>
    </>
  );
}

function trend(now: number, before: number): string {
  if (before === 0) return now === 0 ? "none" : "none in the period before";
  const change = percent(now - before, before);
  return change === 0
    ? "as before"
    : `${change > 0 ? "+" : "−"}${Math.abs(change)} % to the period before`;
}

function TopList(
  { period, kinds }: {
    readonly period: Readonly<Record<string, string | number>>;
    readonly kinds: readonly Kind[];
  },
) {
  const kind = useSignal<Kind>(kinds[0]!);
  const top = useQuery<Top>(
    withQuery("/api/analytics/top", { ...period, kind: kind.value, limit: 10 }),
  );
  const counts = kind.value === "status" || kind.value === "event";
  return (
    <Card
      title={KINDS[kind.value]}
      flush
      actions={kinds.length > 1 && (
        <Switch<Kind>
          label="What"
          value={kind.value}
          options={kinds.map((value) => ({ value, text: KINDS[value] }))}
          onChange={(value) => kind.value = value}
        />
      )}
    >
      <Loaded query={top}>
        {({ items }) =>
          items.length === 0
            ? (
              <Empty icon="chart" title={kind.value === "country" ? "No countries" : "Nothing yet"}>
                {kind.value === "country" &&
                  "A proxy in front has to say them: setting analytics.countryHeader."}
              </Empty>
            )
            : (
              <Table
                caption={KINDS[kind.value]}
                rows={items}
                rowKey={({ name }) => name}
                columns={[
                  {
                    title: "Name",
                    cell: ({ name }) => (
                      <span class="wrap">
                        {name === "" ? (kind.value === "referrer" ? "directly" : "unknown") : name}
                      </span>
                    ),
                  },
                  {
                    title: counts ? "Times" : "Views",
                    cell: ({ views }) => <span class="num">{count(views)}</span>,
                    kind: "end",
                  },
                  ...counts ? [] : [{
                    title: "Visitors",
                    cell: ({ visitors }: Top["items"][number]) => (
                      <span class="num">{count(visitors)}</span>
                    ),
                    kind: "end" as const,
                  }],
                ]}
              />
            )}
      </Loaded>
    </Card>
  );
}

interface AppFigures {
  readonly appId: string;
  readonly app: string;
  readonly visitors: number;
  readonly views: number;
  readonly requests: number;
  readonly bytesOut: number;
  readonly errors: number;
}

function ByApp({ from, to }: { readonly from: number; readonly to: number }) {
  const rows = useQuery<readonly AppFigures[]>(withQuery("/api/analytics/apps", { from, to }));
  return (
    <Card title="By app" flush>
      <Loaded query={rows}>
        {(list) =>
          list.length === 0 ? <Empty icon="apps" title="No visitors yet" /> : (
            <Table
              caption="Figures by app"
              rows={list}
              rowKey={({ appId }) => appId}
              columns={[
                {
                  title: "App",
                  cell: ({ app, appId }) => (
                    <a class="main-link" href={path`/apps/${app || appId}`}>{app || appId}</a>
                  ),
                },
                { title: "Visitors", cell: ({ visitors }) => count(visitors), kind: "end" },
                { title: "Views", cell: ({ views }) => count(views), kind: "end" },
                { title: "Requests", cell: ({ requests }) => count(requests), kind: "end" },
                { title: "Failed", cell: ({ errors }) => count(errors), kind: "end" },
                { title: "Sent", cell: ({ bytesOut }) => bytes(bytesOut), kind: "end" },
              ]}
            />
          )}
      </Loaded>
    </Card>
  );
}
