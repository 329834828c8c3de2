import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { bytes, percent } from "../../lib/format.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Card, Facts, Meter } from "../../ui/layout.tsx";
import { Callout, Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

interface Run {
  readonly id: string;
  readonly actor: string;
  readonly startedAt: number;
  readonly from: string;
  readonly to: string;
  readonly state: string;
  readonly error?: string | { readonly message?: string };
}

interface State {
  readonly version: string;
  readonly target: string;
  readonly executable:
    | { readonly path: string; readonly kind: string; readonly writable: boolean }
    | null;
  readonly previous: { readonly version?: string } | null;
  readonly url: string;
  readonly running: {
    readonly step: string;
    readonly done: number;
    readonly total: number;
    readonly to: string;
  } | null;
  readonly history: readonly Run[];
}

interface Found {
  readonly available: boolean;
  readonly release: {
    readonly version: string;
    readonly createdAt: number;
    readonly notes?: string;
    readonly size: number;
    readonly signedBy?: string;
  };
}

/** The program itself: a newer one, or back to the one before. */
export function Upgrade() {
  const state = useQuery<State>("/api/upgrade", { every: 3000 });
  const found = useSignal<Found | undefined>(undefined);
  const check = useAction(async () => {
    found.value = await call<Found>("POST", "/api/upgrade", {
      body: { check: true },
      timeoutMs: 60_000,
    });
  });
  const start = useAction(async (body: object) => {
    await call("POST", "/api/upgrade", { body });
    found.value = undefined;
    await invalidate("/api/upgrade");
  }, { done: "It began; the node is away for a moment" });
  return (
    <Loaded
      query={state}
      missing={
        <Card>
          <Empty
            icon="download"
            title="This node cannot upgrade itself"
            command="fazt upgrade --check"
          />
        </Card>
      }
    >
      {(data) => (
        <div class="stack">
          {data.running && (
            <Card title={`Upgrading to ${data.running.to}`}>
              <p>{data.running.step}: {percent(data.running.done, data.running.total)} %</p>
              <Meter
                share={data.running.total === 0
                  ? 0
                  : Math.min(0.79, data.running.done / data.running.total)}
                label="Progress"
              />
            </Card>
          )}
          <Card
            title="Program"
            actions={
              <>
                {data.previous && (
                  <Button
                    small
                    busy={start.busy}
                    onClick={async () => {
                      const yes = await confirm({
                        title: `Go back to ${data.previous?.version ?? "the version before"}?`,
                        text: "Data that was written since stays.",
                        confirm: "Go back",
                      });
                      if (yes) await start.run({ rollback: true });
                    }}
                  >
                    Go back to {data.previous.version ?? "the one before"}
                  </Button>
                )}
                <Button
                  small
                  kind="primary"
                  busy={check.busy}
                  disabled={data.executable === null || data.url === ""}
                  onClick={() => void check.run()}
                >
                  Check for a newer one
                </Button>
              </>
            }
          >
            <Facts
              items={[
                ["Version", data.version],
                ["Built for", data.target],
                [
                  "Runs from",
                  data.executable === null
                    ? "a source checkout: upgrade with git pull"
                    : (
                      <span key="e" class="mono wrap">
                        {data.executable.path} <Badge>{data.executable.kind}</Badge>
                      </span>
                    ),
                ],
                [
                  "Releases from",
                  data.url || (
                    <a key="u" href="/settings?q=upgrade.url">
                      not set: say where with upgrade.url
                    </a>
                  ),
                ],
              ]}
            />
          </Card>
          {found.value && (
            found.value.available
              ? (
                <Callout
                  kind="good"
                  title={`Version ${found.value.release.version} is there`}
                  actions={
                    <Button
                      small
                      kind="primary"
                      busy={start.busy}
                      onClick={async () => {
                        const yes = await confirm({
                          title: `Upgrade to ${found.value?.release.version}?`,
                          text:
                            "The node rehearses on a copy, backs up, then restarts. It is away for a second or two. If the new one does not come up, this one runs again.",
                          confirm: "Upgrade",
                        });
                        if (yes) await start.run({});
                      }}
                    >
                      Upgrade
                    </Button>
                  }
                >
                  <p class="wrap">{found.value.release.notes}</p>
                  <p class="small">
                    {bytes(found.value.release.size)},{" "}
                    {found.value.release.signedBy ? "signed" : "not signed"},{" "}
                    <Time at={found.value.release.createdAt} />
                  </p>
                </Callout>
              )
              : <Callout kind="good">This is the newest version.</Callout>
          )}
          <Card title="History" flush>
            {data.history.length === 0 ? <Empty icon="history" title="No upgrades yet" /> : (
              <Table
                caption="Upgrades"
                rows={data.history}
                rowKey={({ id }) => id}
                columns={[
                  { title: "When", cell: ({ startedAt }) => <Time at={startedAt} /> },
                  { title: "From, to", cell: (one) => `${one.from} → ${one.to}` },
                  { title: "By", cell: ({ actor }) => actor },
                  {
                    title: "Result",
                    cell: (one) => (
                      <>
                        <Badge
                          tone={one.state === "done"
                            ? "good"
                            : one.state === "running"
                            ? "info"
                            : "bad"}
                        >
                          {one.state}
                        </Badge>{" "}
                        {typeof one.error === "string" ? one.error : one.error?.message}
                      </>
                    ),
                  },
                ]}
              />
            )}
          </Card>
        </div>
      )}
    </Loaded>
  );
}
