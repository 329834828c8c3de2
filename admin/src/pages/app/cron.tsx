import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import type { CronInfo, JobInfo, RunInfo } from "../../data/shapes.ts";
import { duration } from "../../lib/format.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Card } from "../../ui/layout.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import type { TabProps } from "./page.tsx";

interface Schedule {
  readonly entries: readonly CronInfo[];
  readonly jobs: readonly JobInfo[];
  readonly dead: readonly JobInfo[];
}

/** What runs by the clock, what waits, what was given up, and how runs went. */
export function CronTab({ app }: TabProps) {
  const base = path`/api/apps/${app.id}`;
  const schedule = useQuery<Schedule>(`${base}/cron`, { every: 5000 });
  const jobs = useQuery<Pick<Schedule, "jobs" | "dead">>(`${base}/jobs`, { every: 5000 });
  const history = useQuery<readonly RunInfo[]>(`${base}/cron/history?limit=50`, { every: 5000 });
  const fresh = () => invalidate(`${base}/cron`, `${base}/jobs`);
  const run = useAction(async (n: number) => {
    await call("POST", `${base}/cron/${n}/run`, { body: {} });
    await fresh();
  }, { done: "It runs" });
  const retry = useAction(async (id: string) => {
    await call("POST", `${base}/jobs/${encodeURIComponent(id)}/retry`, { body: {} });
    await fresh();
  }, { done: "It is tried again" });
  const drop = useAction(async (id: string) => {
    await call("DELETE", `${base}/jobs/${encodeURIComponent(id)}`);
    await fresh();
  }, { done: "The job is gone" });
  return (
    <div class="stack">
      <Card title="Cron" flush>
        <Loaded query={schedule}>
          {({ entries }) =>
            entries.length === 0
              ? (
                <Empty
                  icon="clock"
                  title="Nothing runs by the clock"
                  command={`fazt app cron list ${app.name}`}
                >
                  An app says so in its app.json: “cron”: [{"{"}“schedule”: “0 4 * * *”, “handler”:
                  “api/nightly.ts”{"}"}].
                </Empty>
              )
              : (
                <Table
                  caption="Cron entries"
                  rows={entries}
                  rowKey={({ n }) => n}
                  columns={[
                    {
                      title: "Schedule",
                      cell: (one) => (
                        <>
                          <code>{one.schedule}</code>{" "}
                          <span class="small quiet">{one.timezone}</span>
                        </>
                      ),
                    },
                    { title: "Handler", cell: ({ handler }) => <code>{handler}</code> },
                    { title: "Next", cell: ({ nextAt }) => <Time at={nextAt} /> },
                    {
                      title: "Last",
                      cell: (one) => (
                        <>
                          <Time at={one.lastAt} />{" "}
                          <Result result={one.running ? "running" : one.lastResult} />
                        </>
                      ),
                    },
                    {
                      title: "Actions",
                      kind: "actions",
                      cell: (one) => (
                        <Button
                          small
                          icon="play"
                          disabled={one.running}
                          busy={run.busy}
                          onClick={() => void run.run(one.n)}
                        >
                          Run now
                        </Button>
                      ),
                    },
                  ]}
                />
              )}
        </Loaded>
      </Card>
      <Card
        title="Jobs"
        flush
        footer={
          <>
            Code makes them with <code>fazt.schedule(delayMs, state)</code>.
          </>
        }
      >
        <Loaded query={jobs}>
          {({ jobs, dead }) =>
            jobs.length + dead.length === 0 ? <Empty icon="clock" title="No jobs wait" /> : (
              <Table
                caption="Jobs"
                rows={[...dead, ...jobs]}
                rowKey={({ id }) => id}
                columns={[
                  {
                    title: "Job",
                    cell: (one) => (
                      <>
                        <code>{one.id}</code>{" "}
                        <span class="small quiet">{one.cron ?? one.handler}</span>
                      </>
                    ),
                  },
                  {
                    title: "State",
                    cell: ({ status }) => (
                      <Badge
                        tone={status === "dead" ? "bad" : status === "running" ? "info" : "none"}
                      >
                        {status === "dead" ? "given up" : status}
                      </Badge>
                    ),
                    kind: "tight",
                  },
                  {
                    title: "Next",
                    cell: ({ nextAt }) => nextAt === null ? "" : <Time at={nextAt} />,
                  },
                  { title: "Why it failed", cell: ({ error }) => error ?? "" },
                  {
                    title: "Actions",
                    kind: "actions",
                    cell: (one) => (
                      <>
                        {one.status === "dead" && (
                          <Button
                            small
                            icon="refresh"
                            busy={retry.busy}
                            onClick={() => void retry.run(one.id)}
                          >
                            Try again
                          </Button>
                        )}
                        {one.status !== "running" && (
                          <Button
                            small
                            kind="plain"
                            icon="trash"
                            label={`Delete ${one.id}`}
                            onClick={async () => {
                              if (
                                await confirm({
                                  title: "Delete this job?",
                                  lost: [`${one.id}: it will not run`],
                                  confirm: "Delete",
                                  danger: true,
                                })
                              ) {
                                await drop.run(one.id);
                              }
                            }}
                          />
                        )}
                      </>
                    ),
                  },
                ]}
              />
            )}
        </Loaded>
      </Card>
      <Card title="History" flush>
        <Loaded query={history}>
          {(runs) =>
            runs.length === 0 ? <Empty icon="history" title="Nothing ran yet" /> : (
              <Table
                caption="Runs"
                rows={runs}
                rowKey={({ id }) => id}
                columns={[
                  { title: "When", cell: (one) => <Time at={one.startedAt ?? one.plannedAt} /> },
                  {
                    title: "What",
                    cell: (one) => <code>{one.cron ?? one.handler ?? "scheduled"}</code>,
                  },
                  {
                    title: "Took",
                    cell: (one) =>
                      one.startedAt === null || one.endedAt === null
                        ? ""
                        : duration(one.endedAt - one.startedAt),
                  },
                  {
                    title: "Result",
                    cell: (one) => (
                      <>
                        <Result result={one.result ?? "running"} />{" "}
                        {one.attempt > 1 && <span class="small quiet">attempt {one.attempt}</span>}
                      </>
                    ),
                  },
                  { title: "Error", cell: ({ error }) => error ?? "" },
                ]}
              />
            )}
        </Loaded>
      </Card>
    </div>
  );
}

function Result({ result }: { readonly result: string | null }) {
  if (result === null) return null;
  const tone = result === "ok"
    ? "good"
    : result === "running"
    ? "info"
    : result === "skipped" || result === "missed"
    ? "warn"
    : "bad";
  return <Badge tone={tone}>{result}</Badge>;
}
