import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { location, setQuery } from "../../data/location.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import type { App, LogLine } from "../../data/shapes.ts";
import { count } from "../../lib/format.ts";
import { withQuery } from "../../lib/route.ts";
import { LiveLog } from "../../parts/live_log.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { SelectField } from "../../ui/form.tsx";
import { Card, PageHead, Stats } from "../../ui/layout.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";

interface LogStats {
  readonly lines: number;
  readonly oldestAt: number | null;
  readonly levels: Readonly<Record<string, number>>;
  readonly keepDays: number;
}

/** What the node and all its apps write, live. */
export default function Page() {
  const app = useSignal(location.query.value.get("app") ?? "");
  const apps = useQuery<readonly App[]>("/api/apps");
  const stats = useQuery<LogStats>("/api/logs/stats", { every: 30_000 });
  const lines = useQuery<readonly LogLine[]>(
    withQuery("/api/logs", { app: app.value, limit: 200 }),
  );
  const clean = useAction(async () => {
    const { deleted } = await call<{ deleted: number }>("POST", "/api/logs/cleanup", {
      body: app.value ? { app: app.value, before: Date.now() } : {},
    });
    await invalidate("/api/logs");
    return deleted;
  }, { done: (deleted) => `${count(deleted)} lines are gone` });
  return (
    <>
      <PageHead
        title="Logs"
        sub="What the node and its apps write"
        actions={
          <>
            <LinkButton
              icon="download"
              href={withQuery("/api/logs.csv", { app: app.value })}
              download
            >
              CSV
            </LinkButton>
            <LinkButton
              icon="download"
              href={withQuery("/api/logs.ndjson", { app: app.value })}
              download
            >
              JSON lines
            </LinkButton>
            {isAdmin.value && (
              <Button
                icon="trash"
                busy={clean.busy}
                onClick={async () => {
                  const yes = await confirm({
                    title: "Clean up?",
                    lost: [
                      app.value
                        ? "every line of this app up to now"
                        : "lines that are older than what is kept",
                    ],
                    confirm: "Clean up",
                    danger: true,
                  });
                  if (yes) await clean.run();
                }}
              >
                Clean up
              </Button>
            )}
          </>
        }
      />
      <div class="stack">
        {stats.data && (
          <Stats
            items={[
              {
                label: "Lines",
                value: count(stats.data.lines),
                note: stats.data.oldestAt === null ? undefined : (
                  <>
                    since <Time at={stats.data.oldestAt} />
                  </>
                ),
              },
              { label: "Warnings", value: count(stats.data.levels.warn ?? 0) },
              { label: "Errors", value: count(stats.data.levels.error ?? 0) },
              { label: "Kept", value: `${stats.data.keepDays} days` },
            ]}
          />
        )}
        <div class="row">
          <SelectField
            label="Of"
            value={app.value}
            options={[
              { value: "", text: "the node and every app" },
              { value: "node", text: "the node itself" },
              ...(apps.data ?? []).map(({ id, name }) => ({ value: id, text: name })),
            ]}
            onChange={(value) => {
              app.value = value;
              setQuery({ app: value });
            }}
          />
        </div>
        <Loaded
          query={lines}
          missing={
            <Card>
              <Empty icon="terminal" title="Logs are with their apps">
                Choose an app and open its logs.
              </Empty>
            </Card>
          }
        >
          {(newest) => (
            <LiveLog
              key={app.value}
              before={[...newest].reverse()}
              stream={withQuery("/api/logs/stream", { app: app.value })}
              command="fazt logs list"
              older={async (before) =>
                [
                  ...await call<LogLine[]>(
                    "GET",
                    withQuery("/api/logs", { app: app.value, limit: 200, before }),
                  ),
                ].reverse()}
            />
          )}
        </Loaded>
      </div>
    </>
  );
}
