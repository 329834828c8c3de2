import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { navigate } from "../../data/location.ts";
import { forgetAll, invalidate, reloadAll, useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import type { App, DeployAnswer, Plan } from "../../data/shapes.ts";
import { bytes, plural, short } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import { PlanView } from "../../parts/install.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Copyable } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Check, Form, TextField } from "../../ui/form.tsx";
import { Card, Facts } from "../../ui/layout.tsx";
import { Callout, ErrorNote, Loaded } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import type { TabProps } from "./page.tsx";

/** Name and title, where it came from, copies, and the end of it. */
export function SettingsTab({ app }: TabProps) {
  return (
    <div class="stack">
      <General app={app} />
      {app.source && <GitSource app={app} />}
      <Copies app={app} />
      <Lineage app={app} />
      {isAdmin.value && <Danger app={app} />}
    </div>
  );
}

function General({ app }: TabProps) {
  const name = useSignal(app.name);
  const title = useSignal(app.title ?? "");
  const changed = name.value !== app.name || title.value !== (app.title ?? "");
  const save = useAction(async () => {
    const body = {
      ...name.value === app.name ? {} : { name: name.value },
      ...title.value === (app.title ?? "")
        ? {}
        : { title: title.value === "" ? null : title.value },
    };
    const done = await call<App>("PATCH", path`/api/apps/${app.id}`, { body });
    await invalidate("/api/aliases");
    await navigate(path`/apps/${done.name}/settings`, { replace: true });
    await invalidate("/api/apps");
  }, { quiet: true, done: "Saved" });
  return (
    <Card title="Name">
      <Form
        submit="Save"
        busy={save.busy}
        error={save.error}
        disabled={!changed}
        onSubmit={() => void save.run()}
      >
        <TextField
          label="Name"
          mono
          required
          pattern="[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"
          hint={name.value === app.name
            ? "It answers at this name"
            : `It will answer at ${name.value}; the old name is free then`}
          wrong={save.error?.field("name")}
          value={name.value}
          onInput={(value) => name.value = value}
        />
        <TextField
          label="Title"
          hint="How lists show it"
          maxLength={200}
          value={title.value}
          onInput={(value) => title.value = value}
        />
      </Form>
    </Card>
  );
}

interface Outdated {
  readonly current: { readonly id?: string } | string;
  readonly latest?: { readonly id?: string } | string;
  readonly outdated: boolean;
}

function GitSource({ app }: TabProps) {
  const source = app.source!;
  const plan = useSignal<Plan | undefined>(undefined);
  const check = useAction(
    () =>
      call<Outdated>("POST", path`/api/apps/${app.id}/upgrade`, {
        body: { check: true },
        timeoutMs: 120_000,
      }),
    { done: ({ outdated }) => outdated ? "There is a newer version" : "It is up to date" },
  );
  const look = useAction(async () => {
    const answer = await call<{ plan: Plan }>("POST", path`/api/apps/${app.id}/upgrade`, {
      body: {},
      timeoutMs: 300_000,
    });
    plan.value = answer.plan;
  });
  const upgrade = useAction(async (agreed: Plan) => {
    const done = await call<DeployAnswer>("POST", path`/api/apps/${app.id}/upgrade`, {
      body: { apply: true, commit: agreed.commit.id, base: app.revision, approve: true },
      timeoutMs: 300_000,
    });
    plan.value = undefined;
    await invalidate("/api/apps");
    return done;
  }, { quiet: true, done: (done) => `Revision ${done.revision.n} is served` });
  return (
    <Card
      title="From git"
      actions={
        <>
          <Button small busy={check.busy} onClick={() => void check.run()}>
            Check for a newer one
          </Button>
          <Button small kind="primary" busy={look.busy} onClick={() => void look.run()}>
            Upgrade…
          </Button>
        </>
      }
    >
      <Facts
        items={[
          ["Source", <span key="s" class="mono wrap">{source.spec}</span>],
          ["Commit", <code key="c">{short(source.commit, 12)}</code>],
          source.market !== undefined && ["Marketplace", source.market],
          source.signer !== undefined && ["Signed by", <code key="k">{source.signer}</code>],
        ]}
      />
      {plan.value && (
        <Dialog
          title={`Upgrade ${app.name}`}
          wide
          onClose={() => plan.value = undefined}
        >
          <div class="stack">
            <PlanView plan={plan.value} />
            {upgrade.error && <ErrorNote error={upgrade.error} />}
            <div class="form-foot">
              <Button onClick={() => plan.value = undefined}>Cancel</Button>
              <Button
                kind="primary"
                busy={upgrade.busy}
                disabled={plan.value.unchanged}
                onClick={() => void upgrade.run(plan.value!)}
              >
                {plan.value.permissions.added.length > 0 ? "Allow and upgrade" : "Upgrade"}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </Card>
  );
}

function Copies({ app }: TabProps) {
  const forking = useSignal(false);
  return (
    <Card title="Copies">
      <div class="row">
        {isAdmin.value && (
          <>
            <LinkButton icon="download" href={path`/api/apps/${app.id}/export`} download>
              Export with its data
            </LinkButton>
            <LinkButton
              icon="download"
              href={withQuery(path`/api/apps/${app.id}/export`, { data: 0 })}
              download
            >
              Export without data
            </LinkButton>
          </>
        )}
        <Button
          icon="git"
          disabled={app.revision === undefined}
          onClick={() => forking.value = true}
        >
          Fork…
        </Button>
      </div>
      {forking.value && <ForkDialog app={app} onClose={() => forking.value = false} />}
    </Card>
  );
}

function ForkDialog({ app, onClose }: TabProps & { readonly onClose: () => void }) {
  const name = useSignal(`${app.name}-fork`.slice(0, 63));
  const storage = useSignal(true);
  const fork = useAction(async () => {
    const done = await call<{ app: App }>("POST", path`/api/apps/${app.id}/fork`, {
      body: { name: name.value, storage: storage.value },
      timeoutMs: 120_000,
    });
    await invalidate("/api/apps");
    return done;
  }, { quiet: true, done: "The fork is there" });
  return (
    <Dialog title={`Fork ${app.name}`} onClose={onClose}>
      <Form
        submit="Fork"
        busy={fork.busy}
        error={fork.error}
        onCancel={onClose}
        onSubmit={async () => {
          const done = await fork.run();
          if (done) await navigate(path`/apps/${done.app.name}`);
        }}
      >
        <p>
          A fork is an app of its own that begins where this one is. Changing one never changes the
          other.
        </p>
        <TextField
          label="Name"
          mono
          required
          autofocus
          wrong={fork.error?.field("name")}
          value={name.value}
          onInput={(value) => name.value = value}
        />
        <Check checked={storage.value} onChange={(checked) => storage.value = checked}>
          Copy what it stored
        </Check>
      </Form>
    </Dialog>
  );
}

interface Line {
  readonly nodes: readonly {
    readonly id: string;
    readonly name?: string;
    readonly parentId?: string;
    readonly state: string;
    readonly createdAt?: number;
  }[];
}

function Lineage({ app }: TabProps) {
  const line = useQuery<Line>(path`/api/apps/${app.id}/lineage`);
  return (
    <Loaded query={line} missing={null}>
      {({ nodes }) =>
        nodes.length < 2 ? null : (
          <Card title="Lineage" flush>
            <ul class="list">
              {nodes.map((node) => (
                <li key={node.id}>
                  <span class="grow" style={{ paddingLeft: node.parentId ? "1.2rem" : "0" }}>
                    {node.name && node.state === "active"
                      ? <a href={path`/apps/${node.name}`}>{node.name}</a>
                      : node.name ?? <code>{node.id}</code>}
                  </span>
                  {node.id === app.id && <Badge tone="accent">this one</Badge>}
                  {node.state !== "active" && <Badge>{node.state}</Badge>}
                  <span class="small quiet">
                    <Time at={node.createdAt} />
                  </span>
                </li>
              ))}
            </ul>
          </Card>
        )}
    </Loaded>
  );
}

interface Usage {
  readonly appId: string;
  readonly bytes: number;
  readonly pillars: Readonly<Record<string, { readonly entries: number; readonly bytes: number }>>;
}

function Danger({ app }: TabProps) {
  const usage = useQuery<readonly Usage[]>(withQuery("/api/storage/usage", { app: app.id }));
  const remove = useAction(async (query: Record<string, number>) => {
    const done = await call("DELETE", withQuery(path`/api/apps/${app.id}`, query), {
      timeoutMs: 120_000,
    });
    await navigate("/apps");
    await invalidate("/api/apps", "/api/aliases", "/api/domains");
    return done;
  });
  const own = usage.data?.find(({ appId }) => appId === app.id);
  const stored = own === undefined || own.bytes === 0
    ? "what it stored"
    : `what it stored: ${
      Object.entries(own.pillars).filter(([, pillar]) => pillar.entries > 0).map(([name, pillar]) =>
        `${plural(pillar.entries, "entry", "entries")} in ${name}`
      ).join(", ")
    } (${bytes(own.bytes)})`;
  const addresses = `its addresses: ${app.urls.join(", ")}`;
  return (
    <Card title="Danger zone" flush danger>
      <ul class="list">
        <li>
          <span class="grow">
            <strong>Remove the app</strong>
            <div class="small quiet">
              Its addresses are free at once. It can be brought back with its data for 30 days.
            </div>
          </span>
          <Button
            kind="danger"
            busy={remove.busy}
            onClick={async () => {
              const yes = await confirm({
                title: `Remove ${app.name}?`,
                text: "It can be brought back for 30 days.",
                lost: [
                  addresses,
                  `after 30 days: its ${plural(app.revision ?? 0, "revision")} and ${stored}`,
                ],
                confirm: "Remove",
                danger: true,
              });
              if (yes && await remove.run({})) {
                toast(`${app.name} is removed`, {
                  action: {
                    text: "Undo",
                    run: () =>
                      void call("POST", path`/api/apps/${app.id}/restore`, { body: {} }).then(() =>
                        invalidate("/api/apps")
                      ).catch(() => toast("It could not be brought back", { kind: "bad" })),
                  },
                });
              }
            }}
          >
            Remove
          </Button>
        </li>
        <li>
          <span class="grow">
            <strong>Remove it, keep its data</strong>
            <div class="small quiet">The next app of this name gets what this one stored.</div>
          </span>
          <Button
            kind="danger"
            busy={remove.busy}
            onClick={async () => {
              const yes = await confirm({
                title: `Remove ${app.name} and keep its data?`,
                lost: [addresses, `its ${plural(app.revision ?? 0, "revision")}, after 30 days`],
                confirm: "Remove",
                danger: true,
              });
              if (yes && await remove.run({ keepData: 1 })) {
                toast(
                  `${app.name} is removed; its data is kept`,
                );
              }
            }}
          >
            Remove, keep data
          </Button>
        </li>
        <li>
          <span class="grow">
            <strong>Purge it</strong>
            <div class="small quiet">
              At once and for good, log lines and data too. Nothing brings it back but a backup.
            </div>
          </span>
          <Button
            kind="danger"
            busy={remove.busy}
            onClick={async () => {
              const yes = await confirm({
                title: `Purge ${app.name}?`,
                text: <Callout kind="bad">This cannot be undone.</Callout>,
                lost: [
                  addresses,
                  `every revision (${plural(app.revision ?? 0, "revision")})`,
                  stored,
                  "its logs, events, schedules and figures",
                ],
                confirm: "Purge for good",
                danger: true,
                typed: app.name,
              });
              if (yes && await remove.run({ purge: 1 })) {
                forgetAll();
                reloadAll();
                toast(`${app.name} is gone`);
              }
            }}
          >
            Purge…
          </Button>
        </li>
        <li>
          <span class="grow">Id</span> <Copyable text={app.id} />
        </li>
      </ul>
    </Card>
  );
}
