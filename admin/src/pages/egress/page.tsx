import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { usePaged } from "../../data/paged.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import type { App } from "../../data/shapes.ts";
import { bytes, count, duration } from "../../lib/format.ts";
import { withQuery } from "../../lib/route.ts";
import type { PageProps } from "../../pages.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Check, Form, SelectField, TextField } from "../../ui/form.tsx";
import { Card, PageHead, Stats } from "../../ui/layout.tsx";
import { PagedList } from "../../ui/paged.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Time } from "../../ui/time.tsx";

/** Requests that leave the node. */
export default function Page({ params }: PageProps) {
  const tab = params.tab ?? "log";
  return (
    <>
      <PageHead
        title="Egress"
        sub="What apps send to the world outside: every request passes here"
      />
      <Tabs
        label="Egress"
        current={tab}
        tabs={[
          { id: "log", text: "Requests", href: "/egress" },
          { id: "rules", text: "Rules", href: "/egress/rules" },
          { id: "secrets", text: "Secrets", href: "/egress/secrets" },
          { id: "limits", text: "Limits and cache", href: "/egress/limits" },
        ]}
      />
      {tab === "rules"
        ? <Rules />
        : tab === "secrets"
        ? <Secrets />
        : tab === "limits"
        ? <Limits />
        : <Requests />}
    </>
  );
}

function AppSelect(
  { label, value, onChange, all }: {
    readonly label: string;
    readonly value: string;
    readonly onChange: (value: string) => void;
    readonly all: string;
  },
) {
  const apps = useQuery<readonly App[]>("/api/apps");
  return (
    <SelectField
      label={label}
      value={value}
      options={[
        { value: "", text: all },
        ...(apps.data ?? []).map(({ id, name }) => ({ value: id, text: name })),
      ]}
      onChange={onChange}
    />
  );
}

interface Sent {
  readonly id: number;
  readonly app?: string;
  readonly appId: string;
  readonly at: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status?: number;
  readonly code?: string;
  readonly ms: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}
const PAGE = 100;

function Requests() {
  const app = useSignal("");
  const host = useSignal("");
  const failed = useSignal(false);
  const list = usePaged<Sent>(
    withQuery("/api/net/logs", {
      app: app.value,
      host: host.value,
      failed: failed.value ? 1 : undefined,
      limit: PAGE,
    }),
    (data) => {
      const items = data as Sent[];
      const last = items.at(-1);
      return { items, next: items.length < PAGE || !last ? undefined : { before: last.id } };
    },
  );
  return (
    <div class="stack">
      <div class="filters">
        <AppSelect
          label="App"
          all="All"
          value={app.value}
          onChange={(value) => app.value = value}
        />
        <div class="search">
          <TextField
            label="Host"
            type="search"
            mono
            value={host.value}
            onInput={(value) => host.value = value}
          />
        </div>
        <Check checked={failed.value} onChange={(checked) => failed.value = checked}>
          Failed only
        </Check>
        <Button icon="refresh" onClick={() => void list.refresh()}>Refresh</Button>
      </div>
      <Card flush>
        <PagedList
          list={list}
          empty={
            <Empty icon="out" title="Nothing was sent" command="fazt net logs">
              Apps send requests with fetch once you allow them the host.
            </Empty>
          }
        >
          {(rows) => (
            <Table
              caption="Requests, newest first"
              rows={rows}
              rowKey={({ id }) => id}
              columns={[
                {
                  title: "Request",
                  cell: (one) => (
                    <span class="mono small wrap">{one.method} {one.host}{one.path}</span>
                  ),
                },
                { title: "App", cell: (one) => one.app ?? one.appId, kind: "tight" },
                {
                  title: "Answer",
                  cell: (one) => (
                    <Badge tone={one.code ? "bad" : (one.status ?? 0) >= 400 ? "warn" : "good"}>
                      {one.code ?? one.status ?? "open"}
                    </Badge>
                  ),
                  kind: "tight",
                },
                { title: "Took", cell: ({ ms }) => duration(ms), kind: "end" },
                {
                  title: "In / out",
                  cell: (one) => `${bytes(one.bytesIn)} / ${bytes(one.bytesOut)}`,
                  kind: "end",
                },
                { title: "When", cell: ({ at }) => <Time at={at} />, kind: "tight" },
              ]}
            />
          )}
        </PagedList>
      </Card>
    </div>
  );
}

interface Rule {
  readonly pattern: string;
  readonly action: "allow" | "deny";
  readonly appId?: string;
  readonly app?: string;
  readonly createdAt?: number;
}

function Rules() {
  const rules = useQuery<readonly Rule[]>("/api/net/rules");
  const pattern = useSignal("");
  const action = useSignal<"allow" | "deny">("deny");
  const app = useSignal("");
  const add = useAction(async () => {
    await call("POST", "/api/net/rules", {
      body: {
        pattern: pattern.value.trim(),
        action: action.value,
        ...app.value ? { app: app.value } : {},
      },
    });
    pattern.value = "";
    await invalidate("/api/net/rules");
  }, { quiet: true, done: "The rule holds" });
  const remove = useAction(async (rule: Rule) => {
    await call("DELETE", withQuery("/api/net/rules", { pattern: rule.pattern, app: rule.appId }));
    await invalidate("/api/net/rules");
  }, { done: "The rule is gone" });
  return (
    <div class="stack">
      <Card
        title="Rules"
        flush
        footer="An app reaches what it was granted, if no rule here denies it. Once something is allowed for an app, only that."
      >
        <Loaded query={rules}>
          {(list) =>
            list.length === 0
              ? (
                <Empty icon="shield" title="No rules" command="fazt net allow add api.example.com">
                  What apps may reach is what you granted them.
                </Empty>
              )
              : (
                <Table
                  caption="Rules"
                  rows={list}
                  rowKey={(rule) => `${rule.appId ?? ""} ${rule.pattern}`}
                  columns={[
                    { title: "Host", cell: (rule) => <code>{rule.pattern}</code> },
                    {
                      title: "Rule",
                      cell: (rule) => (
                        <Badge tone={rule.action === "deny" ? "bad" : "good"}>{rule.action}</Badge>
                      ),
                      kind: "tight",
                    },
                    { title: "For", cell: (rule) => rule.app ?? rule.appId ?? "every app" },
                    {
                      title: "Actions",
                      kind: "actions",
                      cell: (rule) => (
                        <Button
                          small
                          kind="plain"
                          icon="trash"
                          label={`Remove the rule for ${rule.pattern}`}
                          onClick={async () => {
                            if (
                              await confirm({
                                title: "Remove this rule?",
                                lost: [
                                  `${rule.action} ${rule.pattern} for ${rule.app ?? "every app"}`,
                                ],
                                confirm: "Remove",
                                danger: true,
                              })
                            ) await remove.run(rule);
                          }}
                        />
                      ),
                    },
                  ]}
                />
              )}
        </Loaded>
      </Card>
      <Card title="Add a rule">
        <Form submit="Add" busy={add.busy} error={add.error} onSubmit={() => void add.run()}>
          <TextField
            label="Host"
            mono
            required
            placeholder="*.example.com"
            wrong={add.error?.field("pattern")}
            value={pattern.value}
            onInput={(value) => pattern.value = value}
          />
          <div class="filters">
            <SelectField<"allow" | "deny">
              label="Rule"
              value={action.value}
              options={[{ value: "deny", text: "Deny" }, { value: "allow", text: "Allow" }]}
              onChange={(value) => action.value = value}
            />
            <AppSelect
              label="For"
              all="every app"
              value={app.value}
              onChange={(value) => app.value = value}
            />
          </div>
        </Form>
      </Card>
    </div>
  );
}

interface Secret {
  readonly name: string;
  readonly appId?: string;
  readonly app?: string;
  readonly hosts?: readonly string[];
  readonly updatedAt?: number;
}

function Secrets() {
  const secrets = useQuery<readonly Secret[]>("/api/secrets");
  const name = useSignal("");
  const value = useSignal("");
  const hosts = useSignal("");
  const app = useSignal("");
  const save = useAction(async () => {
    const list = hosts.value.split(/[\s,]+/).filter(Boolean);
    await call("PUT", "/api/secrets", {
      body: {
        name: name.value.trim(),
        value: value.value,
        ...app.value ? { app: app.value } : {},
        ...list.length > 0 ? { hosts: list } : {},
      },
    });
    name.value = value.value = hosts.value = "";
    await invalidate("/api/secrets");
  }, { quiet: true, done: "The secret is kept" });
  const remove = useAction(async (secret: Secret) => {
    await call("DELETE", withQuery("/api/secrets", { name: secret.name, app: secret.appId }));
    await invalidate("/api/secrets");
  }, { done: "The secret is gone" });
  return (
    <div class="stack">
      <Card
        title="Secrets"
        flush
        footer="The node adds them to requests as they leave, only to their hosts. No code and no page sees a value again."
      >
        <Loaded query={secrets}>
          {(list) =>
            list.length === 0
              ? (
                <Empty
                  icon="key"
                  title="No secrets"
                  command="fazt secret set STRIPE_KEY --host api.stripe.com"
                >
                  Code names one: fetch(url, {"{"}auth: "STRIPE_KEY"{"}"}).
                </Empty>
              )
              : (
                <Table
                  caption="Secrets"
                  rows={list}
                  rowKey={(one) => `${one.appId ?? ""} ${one.name}`}
                  columns={[
                    { title: "Name", cell: (one) => <code>{one.name}</code> },
                    {
                      title: "To",
                      cell: (one) => one.hosts?.join(", ") || "any host the app may reach",
                    },
                    { title: "For", cell: (one) => one.app ?? one.appId ?? "every app" },
                    {
                      title: "Changed",
                      cell: (one) => one.updatedAt === undefined ? "" : <Time at={one.updatedAt} />,
                    },
                    {
                      title: "Actions",
                      kind: "actions",
                      cell: (one) => (
                        <Button
                          small
                          kind="plain"
                          icon="trash"
                          label={`Delete ${one.name}`}
                          onClick={async () => {
                            if (
                              await confirm({
                                title: `Delete ${one.name}?`,
                                lost: [`the value; requests that use ${one.name} fail from now on`],
                                confirm: "Delete",
                                danger: true,
                              })
                            ) await remove.run(one);
                          }}
                        />
                      ),
                    },
                  ]}
                />
              )}
        </Loaded>
      </Card>
      <Card title="Keep a secret">
        <Form submit="Keep" busy={save.busy} error={save.error} onSubmit={() => void save.run()}>
          <TextField
            label="Name"
            mono
            required
            autocomplete="off"
            placeholder="STRIPE_KEY"
            wrong={save.error?.field("name")}
            value={name.value}
            onInput={(text) => name.value = text}
          />
          <TextField
            label="Value"
            type="password"
            required
            autocomplete="off"
            value={value.value}
            onInput={(text) => value.value = text}
          />
          <TextField
            label="Hosts"
            mono
            hint="Where it may be sent, with spaces between"
            placeholder="api.stripe.com"
            value={hosts.value}
            onInput={(text) => hosts.value = text}
          />
          <div class="row">
            <AppSelect
              label="For"
              all="every app"
              value={app.value}
              onChange={(text) => app.value = text}
            />
          </div>
        </Form>
      </Card>
    </div>
  );
}

interface NetLimits {
  readonly limits: Readonly<Record<string, number>>;
  readonly usage: {
    readonly minute: number;
    readonly open: number;
    readonly sockets: number;
    readonly cache: { readonly bytes: number; readonly entries: number };
    readonly apps: readonly {
      readonly appId: string;
      readonly app?: string;
      readonly minute: number;
      readonly open: number;
      readonly sockets: number;
    }[];
  };
}

function Limits() {
  const state = useQuery<NetLimits>("/api/net/limits", { every: 5000 });
  const clear = useAction(async () => {
    await call("DELETE", "/api/net/cache");
    await invalidate("/api/net");
  }, { done: "The cache is empty" });
  return (
    <Loaded query={state}>
      {({ limits, usage }) => (
        <div class="stack">
          <Stats
            items={[
              {
                label: "Requests this minute",
                value: count(usage.minute),
                note: `of ${limits.perMinuteGlobal} in all, ${limits.perMinute} an app`,
                share: usage.minute / (limits.perMinuteGlobal ?? 1),
              },
              { label: "Open", value: count(usage.open) },
              {
                label: "Sockets",
                value: count(usage.sockets),
                note: `of ${limits.sockets} an app`,
              },
              {
                label: "Cached answers",
                value: count(usage.cache.entries),
                note: bytes(usage.cache.bytes),
              },
            ]}
          />
          <Card
            title="By app"
            flush
            actions={
              <Button
                small
                busy={clear.busy}
                onClick={() => void clear.run()}
              >
                Empty the cache
              </Button>
            }
            footer={<a href="/settings?q=limits.net">Change the limits</a>}
          >
            {usage.apps.length === 0
              ? <Empty icon="out" title="No app sends anything now" />
              : (
                <Table
                  caption="Use by app"
                  rows={usage.apps}
                  rowKey={({ appId }) => appId}
                  columns={[
                    { title: "App", cell: (one) => one.app ?? one.appId },
                    { title: "This minute", cell: ({ minute }) => minute, kind: "end" },
                    { title: "Open", cell: ({ open }) => open, kind: "end" },
                    { title: "Sockets", cell: ({ sockets }) => sockets, kind: "end" },
                  ]}
                />
              )}
          </Card>
        </div>
      )}
    </Loaded>
  );
}
