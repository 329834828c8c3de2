import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { location, navigate, setQuery } from "../../data/location.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import type { App } from "../../data/shapes.ts";
import { bytes, plural } from "../../lib/format.ts";
import { path } from "../../lib/route.ts";
import { InstallDialog } from "../../parts/install.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { DeployButtons } from "../../ui/drop.tsx";
import { Form, SelectField, TextField } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Card, PageHead } from "../../ui/layout.tsx";
import { OutLink } from "../../ui/link.tsx";
import { AppMark } from "../../ui/mark.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";

const ORDERS = {
  updated: (a: App, b: App) => b.updatedAt - a.updatedAt,
  name: (a: App, b: App) => a.name.localeCompare(b.name),
  size: (a: App, b: App) => b.size - a.size,
} as const;
type Order = keyof typeof ORDERS;
/** Cards drawn at once; the rest comes on demand. */
const STEP = 60;

/** Every app: search, create, deploy, install, bring back. */
export default function Page() {
  const apps = useQuery<readonly App[]>("/api/apps", { every: 15_000 });
  const query = location.query.value;
  return (
    <>
      <PageHead
        title="Apps"
        sub={apps.data && plural(apps.data.length, "app")}
        actions={
          <>
            <Button icon="plus" onClick={() => setQuery({ new: "1" })}>Create</Button>
            <Button icon="git" onClick={() => setQuery({ install: "1" })}>Install from git</Button>
            <DeployButtons />
          </>
        }
      />
      <Loaded query={apps}>
        {(list) => list.length === 0 ? <NoApps /> : <AppList apps={list} />}
      </Loaded>
      {isAdmin.value && <RemovedApps />}
      {query.has("new") && <CreateDialog onClose={() => setQuery({ new: undefined })} />}
      {query.has("install") && (
        <InstallDialog
          {...query.get("source") ? { source: query.get("source")! } : {}}
          onClose={() => setQuery({ install: undefined, source: undefined })}
        />
      )}
    </>
  );
}

function NoApps() {
  return (
    <Card>
      <Empty
        icon="upload"
        title="No apps yet"
        command="fazt app deploy ./my-site"
        actions={<DeployButtons />}
      >
        Drag a folder or a zip onto this page, or take an app from the{" "}
        <a href="/market">marketplace</a>.
      </Empty>
    </Card>
  );
}

function AppList({ apps }: { readonly apps: readonly App[] }) {
  const search = useSignal(location.query.value.get("q") ?? "");
  const order = useSignal<Order>("updated");
  const shown = useSignal(STEP);
  const wanted = search.value.trim().toLowerCase();
  const found = apps.filter(({ name, title, id, description, url }) =>
    [name, title, id, description, url].some((text) => text?.toLowerCase().includes(wanted))
  ).sort(ORDERS[order.value]);
  return (
    <div class="stack">
      <div class="filters">
        <div class="search">
          <TextField
            label="Search"
            type="search"
            placeholder="Name, title, address or id"
            value={search.value}
            onInput={(value) => {
              search.value = value;
              setQuery({ q: value });
            }}
          />
        </div>
        <SelectField<Order>
          label="Order"
          value={order.value}
          options={[
            { value: "updated", text: "Newest change" },
            { value: "name", text: "Name" },
            { value: "size", text: "Size" },
          ]}
          onChange={(value) => order.value = value}
        />
      </div>
      {found.length === 0
        ? (
          <Card>
            <Empty
              icon="search"
              title="No app fits"
              actions={<Button onClick={() => search.value = ""}>Show all</Button>}
            />
          </Card>
        )
        : (
          <ul class="app-grid">
            {found.slice(0, shown.value).map((app) => <AppCard key={app.id} app={app} />)}
          </ul>
        )}
      {found.length > shown.value && (
        <div class="row">
          <Button onClick={() => shown.value += STEP}>Show more of {found.length}</Button>
        </div>
      )}
    </div>
  );
}

function AppCard({ app }: { readonly app: App }) {
  return (
    <li class="app-card">
      <div class="head">
        <AppMark name={app.name} />
        <div>
          <a class="name" href={path`/apps/${app.name}`}>{app.title ?? app.name}</a>
          <OutLink href={app.url} />
        </div>
      </div>
      {app.description && <p class="small quiet wrap">{app.description}</p>}
      <div class="foot">
        {app.revision === undefined ? <Badge>nothing deployed</Badge> : (
          <span>
            <Icon name="history" /> revision {app.revision}
          </span>
        )}
        <span>{plural(app.files, "file")}, {bytes(app.size)}</span>
        {app.hasServer && <Badge tone="info">server</Badge>}
        {app.source && <Badge>git</Badge>}
        {app.grants.pending.length > 0 && <Badge tone="warn">asks for permissions</Badge>}
        <span>
          <Time at={app.updatedAt} />
        </span>
      </div>
    </li>
  );
}

function CreateDialog({ onClose }: { readonly onClose: () => void }) {
  const name = useSignal("");
  const title = useSignal("");
  const create = useAction(async () => {
    const body = { name: name.value, ...title.value ? { title: title.value } : {} };
    const app = await call<App>("POST", "/api/apps", { body });
    await invalidate("/api/apps");
    return app;
  }, { quiet: true, done: "The app is there; deploy something to it" });
  return (
    <Dialog title="Create an app" onClose={onClose}>
      <Form
        submit="Create"
        busy={create.busy}
        error={create.error}
        onCancel={onClose}
        onSubmit={async () => {
          const app = await create.run();
          if (app) await navigate(path`/apps/${app.name}`);
        }}
      >
        <p>
          An app is a name until something is deployed to it. Dropping a folder makes one by itself.
        </p>
        <TextField
          label="Name"
          mono
          required
          autofocus
          pattern="[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"
          title="Lower-case letters, digits and hyphens, 63 at most"
          hint="Lower-case letters, digits and hyphens; it answers at this name"
          wrong={create.error?.field("name")}
          value={name.value}
          onInput={(value) => name.value = value}
        />
        <TextField
          label="Title"
          hint="Optional: how lists show it"
          maxLength={200}
          value={title.value}
          onInput={(value) => title.value = value}
        />
      </Form>
    </Dialog>
  );
}

interface Removed {
  readonly id: string;
  readonly name: string;
  readonly removedAt: number;
}

/** Apps that can still be brought back. */
function RemovedApps() {
  const removed = useQuery<readonly Removed[]>("/api/apps?removed=1");
  const restore = useAction(async (id: string) => {
    await call("POST", path`/api/apps/${id}/restore`, { body: {} });
    await invalidate("/api/apps");
  }, { done: "The app is back" });
  const list = removed.data ?? [];
  if (list.length === 0) return null;
  return (
    <div class="stack" style={{ marginTop: "1.5rem" }}>
      <Card
        title="Removed"
        flush
        footer="They can be brought back for 30 days; after that their data is gone."
      >
        <ul class="list">
          {list.map(({ id, name, removedAt }) => (
            <li key={id}>
              <span class="grow">
                {name} <span class="small quiet">{id}</span>
              </span>
              <span class="small quiet">
                removed <Time at={removedAt} />
              </span>
              <Button small icon="undo" busy={restore.busy} onClick={() => void restore.run(id)}>
                Bring back
              </Button>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}
