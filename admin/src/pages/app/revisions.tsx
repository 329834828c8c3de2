import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { location, setQuery } from "../../data/location.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import type { App, Revision } from "../../data/shapes.ts";
import { bytes, dateTime, plural } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import { Diff, type DiffAnswer } from "../../parts/diff.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { DeployButtons } from "../../ui/drop.tsx";
import { Card } from "../../ui/layout.tsx";
import { OutLink } from "../../ui/link.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import type { TabProps } from "./page.tsx";

const STEP = 50;

/** Every state the app was deployed in: compare, preview, put one in front of visitors. */
export function RevisionsTab({ app }: TabProps) {
  const at = path`/api/apps/${app.id}/revisions`;
  const revisions = useQuery<readonly Revision[]>(at, { every: 15_000 });
  const shown = useSignal(STEP);
  const query = location.query.value;
  const [from, to] = [Number(query.get("from")) || undefined, Number(query.get("to")) || undefined];
  // The table shows the switch at once; a refusal turns it back.
  const serve = useAction(async (n: number) => {
    const undo = revisions.set((list) => list.map((one) => ({ ...one, current: one.n === n })));
    try {
      await call("POST", path`/api/apps/${app.id}/promote`, { body: { revision: n } });
    } catch (error) {
      undo();
      throw error;
    }
    await invalidate("/api/apps");
    return n;
  }, { done: (n) => `Revision ${n} is served` });
  const preview = useAction(async (n: number) => {
    const done = await call<{ url: string }>("POST", path`/api/apps/${app.id}/preview`, {
      body: { revision: n },
    });
    await invalidate(at);
    return done;
  }, { done: ({ url }) => `The preview answers at ${url}` });
  const endPreview = useAction(async (n: number) => {
    await call("DELETE", path`/api/apps/${app.id}/preview/${n}`);
    await invalidate(at);
  }, { done: "The preview is closed" });
  const ask = async (one: Revision) => {
    const yes = await confirm({
      title: `Serve revision ${one.n}?`,
      text: `Visitors of ${app.name} get what was deployed on ${
        dateTime(one.createdAt)
      }. Revision ${app.revision} stays and can be served again. What the app stored is not changed.`,
      confirm: one.n < (app.revision ?? 0) ? `Roll back to ${one.n}` : `Serve ${one.n}`,
    });
    if (yes) await serve.run(one.n);
  };
  return (
    <div class="stack">
      {from !== undefined && to !== undefined && (
        <Compare
          app={app}
          from={from}
          to={to}
          onClose={() => setQuery({ from: undefined, to: undefined })}
        />
      )}
      <Card title="Revisions" flush>
        <Loaded query={revisions}>
          {(list) =>
            list.length === 0
              ? (
                <Empty
                  icon="history"
                  title="Nothing was deployed yet"
                  command={`fazt app deploy ./my-site --name ${app.name}`}
                  actions={<DeployButtons />}
                />
              )
              : (
                <Table
                  caption="Revisions, newest first"
                  rows={list.slice(0, shown.value)}
                  rowKey={({ n }) => n}
                  columns={[
                    {
                      title: "Revision",
                      cell: (one) => (
                        <>
                          <a
                            class="main-link"
                            href={withQuery(path`/apps/${app.name}/files`, {
                              revision: one.current ? undefined : one.n,
                            })}
                          >
                            {one.n}
                          </a>{" "}
                          {one.current && <Badge tone="good">served</Badge>}
                          {one.message && <div class="small wrap">{one.message}</div>}
                          {one.preview && (
                            <div class="small">
                              Preview: <OutLink href={one.preview.url} />, until{" "}
                              <Time at={one.preview.expiresAt} />
                            </div>
                          )}
                        </>
                      ),
                    },
                    {
                      title: "Deployed",
                      cell: (one) => (
                        <>
                          <Time at={one.createdAt} /> <span class="small quiet">{one.source}</span>
                        </>
                      ),
                    },
                    {
                      title: "Size",
                      cell: (one) => `${plural(one.files, "file")}, ${bytes(one.size)}`,
                    },
                    {
                      title: "Actions",
                      kind: "actions",
                      cell: (one) => (
                        <>
                          {one.n > 1 && list.some(({ n }) => n === one.n - 1) && (
                            <Button
                              small
                              kind="plain"
                              onClick={() =>
                                setQuery({ from: String(one.n - 1), to: String(one.n) })}
                            >
                              What changed
                            </Button>
                          )}
                          {!one.current && app.revision !== undefined && (
                            <Button
                              small
                              kind="plain"
                              onClick={() =>
                                setQuery({ from: String(app.revision), to: String(one.n) })}
                            >
                              Compare
                            </Button>
                          )}
                          {!one.current && (one.preview
                            ? (
                              <Button
                                small
                                kind="plain"
                                busy={endPreview.busy}
                                onClick={() => void endPreview.run(one.n)}
                              >
                                Close preview
                              </Button>
                            )
                            : (
                              <Button
                                small
                                kind="plain"
                                icon="eye"
                                busy={preview.busy}
                                onClick={() => void preview.run(one.n)}
                              >
                                Preview
                              </Button>
                            ))}
                          {!one.current && (
                            <Button
                              small
                              icon="undo"
                              busy={serve.busy}
                              onClick={() => void ask(one)}
                            >
                              {one.n < (app.revision ?? 0) ? "Roll back" : "Promote"}
                            </Button>
                          )}
                        </>
                      ),
                    },
                  ]}
                />
              )}
        </Loaded>
        {revisions.data && revisions.data.length > shown.value && (
          <div class="row" style={{ padding: "0.8rem 1.1rem" }}>
            <Button
              small
              onClick={() =>
                shown.value += STEP}
            >
              Older
            </Button>
          </div>
        )}
      </Card>
    </div>
  );
}

function Compare(
  { app, from, to, onClose }: {
    readonly app: App;
    readonly from: number;
    readonly to: number;
    readonly onClose: () => void;
  },
) {
  const diff = useQuery<DiffAnswer>(
    withQuery(path`/api/apps/${app.id}/diff`, { from, to, text: 1 }),
  );
  return (
    <Card
      title={`Revision ${from} → ${to}`}
      actions={
        <>
          <LinkButton
            small
            href={withQuery(path`/apps/${app.name}/revisions`, { from: to, to: from })}
          >
            Swap
          </LinkButton>
          <Button small kind="plain" icon="x" label="Close the comparison" onClick={onClose} />
        </>
      }
    >
      <Loaded query={diff}>{(answer) => <Diff answer={answer} />}</Loaded>
    </Card>
  );
}
