import { useMemo } from "preact/hooks";
import { useQuery } from "../../data/query.ts";
import type { Analytics, AppStatus, Revision } from "../../data/shapes.ts";
import { bytes, count, duration, plural, short } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import { Badge, Dot, type Tone } from "../../ui/badge.tsx";
import { Chart } from "../../ui/chart.tsx";
import { Copyable, CopyButton } from "../../ui/copy.tsx";
import { DeployButtons } from "../../ui/drop.tsx";
import { Card, Facts, Stats } from "../../ui/layout.tsx";
import { OutLink } from "../../ui/link.tsx";
import { Qr } from "../../ui/qr.tsx";
import { Callout, Empty, Loaded } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import type { TabProps } from "./page.tsx";

/** Where it answers, what serves, how it does. */
export function OverviewTab({ app }: TabProps) {
  const status = useQuery<AppStatus>(path`/api/apps/${app.id}/status`, { every: 5000 });
  const revisions = useQuery<readonly Revision[]>(path`/api/apps/${app.id}/revisions`);
  const current = revisions.data?.find((revision) => revision.current);
  if (app.revision === undefined) {
    return (
      <Card>
        <Empty
          icon="upload"
          title="Nothing is deployed yet"
          command={`fazt app deploy ./my-site --name ${app.name}`}
          actions={<DeployButtons />}
        >
          Drag a folder or a zip onto this page. It answers at {app.url} a moment later.
        </Empty>
      </Card>
    );
  }
  return (
    <div class="stack">
      {status.data?.lastFailure && (
        <Callout kind="bad" title="Its code was stopped">{status.data.lastFailure}</Callout>
      )}
      {status.data && <StatusStats status={status.data} hasServer={app.hasServer} />}
      <Traffic appId={app.id} />
      <div class="columns">
        <Card title="Address">
          <div class="row" style={{ alignItems: "flex-start", flexWrap: "nowrap" }}>
            <div class="grow stack">
              {app.urls.map((url) => (
                <div key={url} class="wrap">
                  <OutLink href={url} /> <CopyButton text={url} label="Copy the address" />
                </div>
              ))}
              <p class="small quiet">
                More names for it: <a href={path`/apps/${app.name}/domains`}>domains and labels</a>
              </p>
            </div>
            <Qr text={app.url} label={`QR code of ${app.url}`} />
          </div>
        </Card>
        <Card title="What serves">
          <Facts
            items={[
              ["Revision", <a key="r" href={path`/apps/${app.name}/revisions`}>{app.revision}</a>],
              current !== undefined && [
                "Deployed",
                <span key="d">
                  <Time at={current.createdAt} /> <span class="quiet">from {current.source}</span>
                </span>,
              ],
              current?.message !== undefined && ["Message", current.message],
              ["Size", `${plural(app.files, "file")}, ${bytes(app.size)}`],
              ["Id", <Copyable key="i" text={app.id} />],
              app.source !== undefined && [
                "From",
                <span key="s" class="mono wrap">
                  {app.source.spec} <Badge>{short(app.source.commit, 8)}</Badge>
                </span>,
              ],
              ["Created", <Time key="c" at={app.createdAt} />],
            ]}
          />
        </Card>
      </div>
    </div>
  );
}

const TONES: Readonly<Record<string, Tone>> = {
  ready: "good",
  busy: "good",
  idle: "good",
  loading: "info",
  backoff: "bad",
};

function StatusStats(
  { status, hasServer }: { readonly status: AppStatus; readonly hasServer: boolean },
) {
  const { traffic } = status;
  return (
    <Stats
      items={[
        ...hasServer
          ? [
            {
              label: "Server code",
              value: (
                <span class="row">
                  <Dot tone={TONES[status.state] ?? "none"} />
                  {status.state}
                </span>
              ),
              note: status.isolates === 0
                ? "starts at the next request"
                : plural(status.isolates, "isolate"),
            },
            {
              label: "Calls since the node started",
              value: count(status.requests),
              note: status.errors === 0 ? "none failed" : `${count(status.errors)} failed`,
            },
            {
              label: "Memory",
              value: bytes(status.heapBytes + status.externalBytes),
              note: `${duration(status.cpuMs)} of processor time`,
            },
          ]
          : [],
        ...traffic
          ? [
            { label: "Requests this month", value: count(traffic.requests), note: traffic.month },
            {
              label: "Sent this month",
              value: bytes(traffic.bytesOut),
              note: traffic.budget === null ? "no budget set" : `of ${bytes(traffic.budget)}`,
              share: traffic.budget === null ? undefined : traffic.bytesOut / traffic.budget,
            },
          ]
          : [],
      ]}
    />
  );
}

function Traffic({ appId }: { readonly appId: string }) {
  const figures = useQuery<Analytics>(withQuery("/api/analytics", { app: appId }), {
    every: 60_000,
  });
  const { data } = figures;
  const chart = useMemo(() => ({
    at: data?.series.map(({ at }) => at) ?? [],
    series: [
      { label: "Requests", values: data?.series.map(({ requests }) => requests) ?? [] },
      {
        label: "Failed",
        values: data?.series.map(({ errors }) => errors) ?? [],
        color: 4 as const,
      },
    ],
  }), [data]);
  return (
    <Card
      title="Requests, last 7 days"
      actions={<a class="small" href={withQuery("/analytics", { app: appId })}>Analytics</a>}
    >
      <Loaded
        query={figures}
        missing={<p class="quiet">This node does not count requests over time.</p>}
      >
        {(data) =>
          data.totals.requests === 0
            ? (
              <Empty icon="chart" title="No visitors yet">
                Requests show here a moment after they come.
              </Empty>
            )
            : (
              <div class="stack">
                <Chart
                  at={chart.at}
                  series={chart.series}
                  format={count}
                  label="Requests and failures over the last 7 days"
                  height={190}
                />
                <p class="small quiet">
                  {plural(data.totals.requests, "request")},{" "}
                  {plural(data.totals.views, "page view")},{" "}
                  {plural(data.totals.visitors, "visitor")}
                  {data.latency.p95 !== null &&
                    `, 95 of 100 answered within ${duration(data.latency.p95)}`}
                </p>
              </div>
            )}
      </Loaded>
    </Card>
  );
}
