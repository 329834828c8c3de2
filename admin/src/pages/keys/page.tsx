import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import type { App } from "../../data/shapes.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Form, SelectField, TextField } from "../../ui/form.tsx";
import { Card, PageHead } from "../../ui/layout.tsx";
import { Callout, Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

interface Key {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt?: number | null;
  readonly lastUsedAt?: number | null;
  readonly lastAddress?: string | null;
}

/** Keys that programs use. */
export default function Page() {
  const keys = useQuery<readonly Key[]>("/api/keys");
  const making = useSignal(false);
  const token = useSignal<string | undefined>(undefined);
  const revoke = useAction(async (id: string) => {
    const undo = keys.set((list) => list.filter((key) => key.id !== id));
    try {
      await call("DELETE", path`/api/keys/${id}`);
    } catch (error) {
      undo();
      throw error;
    }
    await invalidate("/api/keys");
  }, { done: "The key opens nothing any more" });
  return (
    <>
      <PageHead
        title="Keys"
        sub="For programs: deploys from elsewhere, scripts, agents"
        actions={
          <Button kind="primary" icon="plus" onClick={() => making.value = true}>
            Make a key
          </Button>
        }
      />
      <Card flush>
        <Loaded query={keys}>
          {(list) =>
            list.length === 0
              ? (
                <Empty
                  icon="key"
                  title="No keys"
                  command="fazt server create-key ci --scope deploy --expires 90d"
                >
                  A key lets a program do what its scopes say, and nothing else, until it expires or
                  you revoke it.
                </Empty>
              )
              : (
                <Table
                  caption="Keys"
                  rows={list}
                  rowKey={({ id }) => id}
                  columns={[
                    { title: "Name", cell: ({ name }) => <strong>{name}</strong> },
                    {
                      title: "May",
                      cell: ({ scopes }) => (
                        <span class="row">
                          {scopes.map((scope) => (
                            <Badge key={scope} tone={scope === "admin" ? "warn" : "none"}>
                              {scope}
                            </Badge>
                          ))}
                        </span>
                      ),
                    },
                    {
                      title: "Last used",
                      cell: (key) => (
                        <>
                          <Time at={key.lastUsedAt} />
                          {key.lastAddress && <div class="small quiet">{key.lastAddress}</div>}
                        </>
                      ),
                    },
                    { title: "Made", cell: ({ createdAt }) => <Time at={createdAt} /> },
                    {
                      title: "Expires",
                      cell: ({ expiresAt }) =>
                        expiresAt ? <Time at={expiresAt} /> : <span class="quiet">never</span>,
                    },
                    {
                      title: "Actions",
                      kind: "actions",
                      cell: (key) => (
                        <Button
                          small
                          kind="danger"
                          busy={revoke.busy}
                          onClick={async () => {
                            const yes = await confirm({
                              title: `Revoke ${key.name}?`,
                              lost: [`whatever uses ${key.name} is refused from now on`],
                              confirm: "Revoke",
                              danger: true,
                            });
                            if (yes) await revoke.run(key.id);
                          }}
                        >
                          Revoke
                        </Button>
                      ),
                    },
                  ]}
                />
              )}
        </Loaded>
      </Card>
      {making.value && (
        <MakeKey
          onClose={() => making.value = false}
          onMade={(made) => {
            making.value = false;
            token.value = made;
          }}
        />
      )}
      {token.value !== undefined && (
        <Dialog
          title="Your key"
          onClose={() => token.value = undefined}
          footer={
            <Button kind="primary" onClick={() => token.value = undefined}>I have kept it</Button>
          }
        >
          <div class="stack">
            <Callout kind="warn" title="It is shown only now">
              Keep it where the program finds it, and nowhere else.
            </Callout>
            <div class="row">
              <pre class="block-code grow" tabIndex={0} aria-label="The key">{token.value}</pre>
              <CopyButton text={token.value} label="Copy the key" />
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}

type Scope = "deploy" | "read" | "mcp" | "admin" | "app";

function MakeKey(
  { onClose, onMade }: {
    readonly onClose: () => void;
    readonly onMade: (token: string) => void;
  },
) {
  const apps = useQuery<readonly App[]>("/api/apps");
  const name = useSignal("");
  const scope = useSignal<Scope>("deploy");
  const app = useSignal("");
  const expires = useSignal("90d");
  const make = useAction(async () => {
    const scopes = [scope.value === "app" ? `deploy:${app.value}` : scope.value];
    const made = await call<{ token: string }>("POST", "/api/keys", {
      body: {
        name: name.value,
        scopes,
        ...expires.value === "never" ? {} : { expiresIn: expires.value },
      },
    });
    await invalidate("/api/keys");
    onMade(made.token);
  }, { quiet: true });
  return (
    <Dialog title="Make a key" onClose={onClose}>
      <Form
        submit="Make it"
        busy={make.busy}
        error={make.error}
        disabled={scope.value === "app" && app.value === ""}
        onCancel={onClose}
        onSubmit={() => void make.run()}
      >
        <TextField
          label="Name"
          required
          autofocus
          placeholder="ci"
          wrong={make.error?.field("name")}
          value={name.value}
          onInput={(value) => name.value = value}
        />
        <SelectField<Scope>
          label="It may"
          value={scope.value}
          options={[
            { value: "deploy", text: "deploy and roll back every app" },
            { value: "app", text: "deploy and roll back one app" },
            { value: "read", text: "look at everything that is no secret" },
            { value: "mcp", text: "use the tools for agents (MCP)" },
            { value: "admin", text: "do everything, as you" },
          ]}
          onChange={(value) => scope.value = value}
        />
        {scope.value === "app" && (
          <SelectField
            label="App"
            value={app.value}
            options={[
              { value: "", text: "Choose" },
              ...(apps.data ?? []).map(({ id, name }) => ({ value: id, text: name })),
            ]}
            onChange={(value) => app.value = value}
          />
        )}
        <SelectField
          label="Expires"
          value={expires.value}
          options={[
            { value: "1d", text: "in a day" },
            { value: "30d", text: "in 30 days" },
            { value: "90d", text: "in 90 days" },
            { value: "365d", text: "in a year" },
            { value: "never", text: "never" },
          ]}
          onChange={(value) => expires.value = value}
        />
      </Form>
    </Dialog>
  );
}
