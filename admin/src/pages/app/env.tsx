import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import type { EnvVariable } from "../../data/shapes.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Form, TextField } from "../../ui/form.tsx";
import { Card } from "../../ui/layout.tsx";
import { Callout, Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import type { TabProps } from "./page.tsx";

interface Secret {
  readonly name: string;
  readonly appId?: string | null;
  readonly hosts?: readonly string[];
}

/** Values its code reads with `fazt.env`, and secrets for requests that leave the node. */
export function EnvTab({ app }: TabProps) {
  const at = path`/api/apps/${app.id}/env`;
  const env = useQuery<readonly EnvVariable[]>(at);
  const secrets = useQuery<readonly Secret[]>("/api/secrets");
  const edited = useSignal<EnvVariable | "new" | undefined>(undefined);
  const unset = useAction(async (name: string) => {
    await call("PUT", at, { body: { [name]: null } });
    await invalidate(at);
  }, { done: "The variable is unset" });
  const missing = env.data?.filter(({ required, set }) => required && !set) ?? [];
  return (
    <div class="stack">
      {missing.length > 0 && (
        <Callout kind="warn" title="Its code needs values">
          {missing.map(({ name }) => name).join(", ")}
        </Callout>
      )}
      <Card
        title="Environment"
        flush
        actions={
          <Button small icon="plus" onClick={() => edited.value = "new"}>Add a variable</Button>
        }
        footer={
          <>
            Code reads them with <code>fazt.env.get("NAME")</code>. A change starts its code anew.
          </>
        }
      >
        <Loaded query={env}>
          {(list) =>
            list.length === 0
              ? (
                <Empty
                  icon="lock"
                  title="No variables"
                  command={`fazt app env set ${app.name} NAME=value`}
                >
                  Settings of the app that are not in its files: addresses, switches, keys. What its
                  app.json declares under “env” is listed here too.
                </Empty>
              )
              : (
                <Table
                  caption="Variables"
                  rows={list}
                  rowKey={({ name }) => name}
                  columns={[
                    {
                      title: "Name",
                      cell: ({ name, description }) => (
                        <>
                          <code>{name}</code>
                          {description && <div class="small quiet">{description}</div>}
                        </>
                      ),
                    },
                    {
                      title: "Value",
                      cell: (one) => (
                        one.value !== undefined
                          ? <code>{one.value}</code>
                          : one.set
                          ? <span class="quiet">kept secret</span>
                          : one.default !== undefined
                          ? <span class="quiet">default: {one.default}</span>
                          : <Badge tone={one.required ? "warn" : "none"}>not set</Badge>
                      ),
                    },
                    {
                      title: "Kind",
                      cell: (one) => (
                        <span class="row">
                          {one.secret && <Badge tone="info">secret</Badge>}
                          {one.required && <Badge>required</Badge>}
                        </span>
                      ),
                      kind: "tight",
                    },
                    {
                      title: "Actions",
                      kind: "actions",
                      cell: (one) => (
                        <>
                          <Button
                            small
                            kind="plain"
                            icon="edit"
                            label={`Change ${one.name}`}
                            onClick={() => edited.value = one}
                          />
                          {one.set && (
                            <Button
                              small
                              kind="plain"
                              icon="trash"
                              label={`Unset ${one.name}`}
                              onClick={async () => {
                                const yes = await confirm({
                                  title: `Unset ${one.name}?`,
                                  lost: [`the value of ${one.name} in ${app.name}`],
                                  confirm: "Unset",
                                  danger: true,
                                });
                                if (yes) await unset.run(one.name);
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
      <Card
        title="Secrets for outgoing requests"
        flush
        actions={<a class="small" href="/egress/secrets">All secrets</a>}
        footer="The node adds them to requests as they leave; code never sees them."
      >
        <Loaded query={secrets}>
          {(list) => {
            const own = list.filter(({ appId }) => !appId || appId === app.id);
            return own.length === 0
              ? <Empty icon="key" title="No secrets" command="fazt secret set NAME" />
              : (
                <ul class="list">
                  {own.map(({ name, appId, hosts }) => (
                    <li key={`${name} ${appId ?? ""}`}>
                      <code class="grow">{name}</code>
                      {hosts && <span class="small quiet">{hosts.join(", ")}</span>}
                      <Badge>{appId ? "this app" : "every app"}</Badge>
                    </li>
                  ))}
                </ul>
              );
          }}
        </Loaded>
      </Card>
      {edited.value !== undefined && (
        <EnvDialog
          at={at}
          variable={edited.value === "new" ? undefined : edited.value}
          onClose={() => edited.value = undefined}
        />
      )}
    </div>
  );
}

function EnvDialog(
  { at, variable, onClose }: {
    readonly at: string;
    readonly variable: EnvVariable | undefined;
    readonly onClose: () => void;
  },
) {
  const name = useSignal(variable?.name ?? "");
  const value = useSignal(variable?.value ?? "");
  const save = useAction(async () => {
    await call("PUT", at, { body: { [name.value]: value.value } });
    await invalidate(at);
    onClose();
  }, { quiet: true, done: "The variable is set" });
  return (
    <Dialog title={variable ? `Change ${variable.name}` : "Add a variable"} onClose={onClose}>
      <Form
        submit="Save"
        busy={save.busy}
        error={save.error}
        onCancel={onClose}
        onSubmit={() => void save.run()}
      >
        {!variable && (
          <TextField
            label="Name"
            mono
            required
            autofocus
            maxLength={128}
            placeholder="API_URL"
            value={name.value}
            onInput={(text) => name.value = text}
          />
        )}
        <TextField
          label="Value"
          mono
          autofocus={variable !== undefined}
          autocomplete="off"
          type={variable?.secret ? "password" : "text"}
          hint={variable?.secret ? "A secret: it is never shown again" : undefined}
          value={value.value}
          onInput={(text) => value.value = text}
        />
      </Form>
    </Dialog>
  );
}
