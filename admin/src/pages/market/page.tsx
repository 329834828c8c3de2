import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import { plural } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import type { PageProps } from "../../pages.ts";
import { InstallDialog } from "../../parts/install.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Form, TextField } from "../../ui/form.tsx";
import { Card, PageHead } from "../../ui/layout.tsx";
import { AppMark } from "../../ui/mark.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Time } from "../../ui/time.tsx";

interface MarketApp {
  readonly market: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly version?: string;
  readonly permissions: readonly string[];
  readonly hasLogo?: boolean;
  readonly source: string;
  readonly installed?: readonly { readonly id: string; readonly name: string }[];
}

interface Market {
  readonly name: string;
  readonly title?: string;
  readonly spec: string;
  readonly key?: string;
  readonly apps: number;
  readonly updatedAt: number;
  readonly problem?: { readonly message?: string } | string;
}

/** Apps of others to install, and where they come from. */
export default function Page({ params }: PageProps) {
  const tab = params.tab ?? "apps";
  const adding = useSignal(false);
  return (
    <>
      <PageHead
        title="Marketplace"
        sub="Apps to install from git repositories you trust"
        actions={isAdmin.value && (
          <Button icon="plus" onClick={() => adding.value = true}>Add a marketplace</Button>
        )}
      />
      <Tabs
        label="Marketplace"
        current={tab}
        tabs={[{ id: "apps", text: "Apps", href: "/market" }, {
          id: "sources",
          text: "Marketplaces",
          href: "/market/sources",
        }]}
      />
      {tab === "sources"
        ? <Sources onAdd={() => adding.value = true} />
        : <Shop onAdd={() => adding.value = true} />}
      {adding.value && <AddDialog onClose={() => adding.value = false} />}
    </>
  );
}

const NONE = (
  <Card>
    <Empty icon="shop" title="This node has no marketplaces">Deploy a folder instead.</Empty>
  </Card>
);

function NoMarket({ onAdd }: { readonly onAdd: () => void }) {
  return (
    <Empty
      icon="shop"
      title="No marketplace yet"
      command="fazt market add github.com/user/apps"
      actions={<Button kind="primary" onClick={onAdd}>Add a marketplace</Button>}
    >
      A marketplace is a git repository with a folder for each app. Add one you trust.
    </Empty>
  );
}

function Shop({ onAdd }: { readonly onAdd: () => void }) {
  const text = useSignal("");
  const source = useSignal<string | undefined>(undefined);
  const apps = useQuery<readonly MarketApp[]>(
    withQuery("/api/markets/apps", { q: text.value.trim() }),
  );
  return (
    <div class="stack">
      <div class="filters">
        <div class="search">
          <TextField
            label="Search"
            type="search"
            value={text.value}
            onInput={(value) => text.value = value}
          />
        </div>
      </div>
      <Loaded query={apps} missing={NONE}>
        {(list) =>
          list.length === 0
            ? (
              <Card>
                {text.value === ""
                  ? <NoMarket onAdd={onAdd} />
                  : <Empty icon="search" title="No app fits" />}
              </Card>
            )
            : (
              <ul class="app-grid">
                {list.map((app) => (
                  <li class="app-card" key={app.source}>
                    <div class="head">
                      {app.hasLogo
                        ? (
                          <img
                            src={path`/api/markets/${app.market}/apps/${app.name}/logo`}
                            alt=""
                            width="36"
                            height="36"
                            loading="lazy"
                          />
                        )
                        : <AppMark name={app.name} />}
                      <div>
                        <strong>{app.title ?? app.name}</strong>
                        <div class="small quiet">{app.source} {app.version}</div>
                      </div>
                    </div>
                    <p class="small quiet wrap">{app.description}</p>
                    <div class="foot">
                      {app.permissions.length === 0
                        ? <Badge tone="good">no permissions</Badge>
                        : <Badge tone="warn">{plural(app.permissions.length, "permission")}</Badge>}
                      {app.installed?.map(({ id, name }) => (
                        <a key={id} href={path`/apps/${name}`}>installed as {name}</a>
                      ))}
                      <span class="grow" />
                      <Button small onClick={() => source.value = app.source}>Install…</Button>
                    </div>
                  </li>
                ))}
              </ul>
            )}
      </Loaded>
      {source.value !== undefined && (
        <InstallDialog
          source={source.value}
          onClose={() => source.value = undefined}
        />
      )}
    </div>
  );
}

function Sources({ onAdd }: { readonly onAdd: () => void }) {
  const markets = useQuery<readonly Market[]>("/api/markets");
  const update = useAction(async (name: string) => {
    await call("POST", path`/api/markets/${name}/update`, { body: {}, timeoutMs: 300_000 });
    await invalidate("/api/markets");
  }, { done: "It is up to date" });
  const remove = useAction(async (name: string) => {
    await call("DELETE", path`/api/markets/${name}`);
    await invalidate("/api/markets");
  }, { done: "The marketplace is gone" });
  return (
    <Loaded query={markets} missing={NONE}>
      {(list) => (
        <Card flush>
          {list.length === 0 ? <NoMarket onAdd={onAdd} /> : (
            <Table
              caption="Marketplaces"
              rows={list}
              rowKey={({ name }) => name}
              columns={[
                {
                  title: "Name",
                  cell: (one) => (
                    <>
                      <strong>{one.title ?? one.name}</strong>
                      <div class="small quiet mono wrap">{one.spec}</div>
                      {one.problem && (
                        <div class="small">
                          {typeof one.problem === "string" ? one.problem : one.problem.message}
                        </div>
                      )}
                    </>
                  ),
                },
                { title: "Apps", cell: ({ apps }) => apps, kind: "end" },
                {
                  title: "Signed",
                  cell: ({ key }) => key ? <Badge tone="good">signed</Badge> : <Badge>no</Badge>,
                  kind: "tight",
                },
                { title: "Read", cell: ({ updatedAt }) => <Time at={updatedAt} /> },
                {
                  title: "Actions",
                  kind: "actions",
                  cell: (one) =>
                    isAdmin.value && (
                      <>
                        <Button
                          small
                          icon="refresh"
                          busy={update.busy}
                          onClick={() => void update.run(one.name)}
                        >
                          Update
                        </Button>
                        <Button
                          small
                          kind="plain"
                          icon="trash"
                          label={`Remove ${one.name}`}
                          onClick={async () => {
                            if (
                              await confirm({
                                title: `Remove ${one.name}?`,
                                text: "Apps that came from it stay and know where they came from.",
                                lost: ["its list of apps"],
                                confirm: "Remove",
                                danger: true,
                              })
                            ) await remove.run(one.name);
                          }}
                        />
                      </>
                    ),
                },
              ]}
            />
          )}
        </Card>
      )}
    </Loaded>
  );
}

function AddDialog({ onClose }: { readonly onClose: () => void }) {
  const source = useSignal("");
  const name = useSignal("");
  const key = useSignal("");
  const auth = useSignal("");
  const add = useAction(async () => {
    await call("POST", "/api/markets", {
      body: {
        source: source.value.trim(),
        ...name.value ? { name: name.value } : {},
        ...key.value ? { key: key.value } : {},
        ...auth.value ? { auth: auth.value } : {},
      },
      timeoutMs: 300_000,
    });
    await invalidate("/api/markets");
    onClose();
  }, { quiet: true, done: "The marketplace is there" });
  return (
    <Dialog title="Add a marketplace" onClose={onClose}>
      <Form
        submit="Add"
        busy={add.busy}
        error={add.error}
        onCancel={onClose}
        onSubmit={() => void add.run()}
      >
        <TextField
          label="Where it is"
          mono
          required
          autofocus
          placeholder="github.com/user/apps"
          wrong={add.error?.field("source")}
          value={source.value}
          onInput={(value) => source.value = value}
        />
        <TextField
          label="Name"
          mono
          hint="Optional: how you call it"
          wrong={add.error?.field("name")}
          value={name.value}
          onInput={(value) => name.value = value}
        />
        <TextField
          label="Key it must be signed with"
          mono
          hint="Optional: ed25519:…"
          value={key.value}
          onInput={(value) => key.value = value}
        />
        <TextField
          label="Token"
          type="password"
          autocomplete="off"
          hint="Optional: for a private repository"
          value={auth.value}
          onInput={(value) => auth.value = value}
        />
      </Form>
    </Dialog>
  );
}
