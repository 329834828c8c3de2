import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { useHealth } from "../../data/node.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import type { Alias, App } from "../../data/shapes.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Form, SelectField, TextField } from "../../ui/form.tsx";
import { Card } from "../../ui/layout.tsx";
import { OutLink } from "../../ui/link.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";

const WORDS = { proxy: "app", redirect: "redirect", reserved: "reserved", split: "split" } as const;

/** Labels before the node's own domain. */
export function Labels({ apps }: { readonly apps: readonly App[] }) {
  const aliases = useQuery<readonly Alias[]>("/api/aliases");
  const health = useHealth();
  const adding = useSignal<Alias | "new" | undefined>(undefined);
  const swapping = useSignal(false);
  const remove = useAction(async (label: string) => {
    await call("DELETE", path`/api/aliases/${label}`);
    await invalidate("/api/aliases", "/api/apps");
  }, { done: "The label is free" });
  const nameOf = (id: string | null | undefined) =>
    apps.find((app) => app.id === id)?.name ?? id ?? "";
  const urlOf = (label: string) => {
    if (!health.data) return undefined;
    const base = new URL(health.data.url);
    return `${base.protocol}//${label}.${base.host}`;
  };
  return (
    <Card
      title="Labels"
      flush
      actions={isAdmin.value && (
        <>
          <Button small onClick={() => swapping.value = true}>Swap two</Button>
          <Button small icon="plus" onClick={() => adding.value = "new"}>Add</Button>
        </>
      )}
    >
      <Loaded query={aliases}>
        {(list) =>
          list.length === 0
            ? (
              <Empty icon="link" title="No labels" command="fazt app link APP LABEL">
                A label is what stands before the node's domain.
              </Empty>
            )
            : (
              <Table
                caption="Labels"
                rows={list}
                rowKey={({ label }) => label}
                columns={[
                  {
                    title: "Label",
                    cell: ({ label }) => (
                      <>
                        <code>{label}</code> <OutLink href={urlOf(label)}>open</OutLink>
                      </>
                    ),
                  },
                  {
                    title: "Kind",
                    cell: ({ type }) => (
                      <Badge tone={type === "proxy" ? "good" : "info"}>{WORDS[type] ?? type}</Badge>
                    ),
                    kind: "tight",
                  },
                  {
                    title: "Leads to",
                    cell: (one) =>
                      one.type === "proxy"
                        ? <a href={path`/apps/${nameOf(one.appId)}`}>{nameOf(one.appId)}</a>
                        : one.type === "redirect"
                        ? <OutLink href={one.target ?? undefined} />
                        : one.type === "split"
                        ? one.split?.map(({ appId, app, weight }) =>
                          `${app ?? nameOf(appId)} ${weight}`
                        ).join(", ") ?? ""
                        : "nothing",
                  },
                  {
                    title: "Actions",
                    kind: "actions",
                    cell: (one) =>
                      isAdmin.value && (
                        <>
                          <Button
                            small
                            kind="plain"
                            icon="edit"
                            label={`Change ${one.label}`}
                            onClick={() => adding.value = one}
                          />
                          <Button
                            small
                            kind="plain"
                            icon="trash"
                            label={`Remove ${one.label}`}
                            onClick={async () => {
                              if (
                                await confirm({
                                  title: `Remove ${one.label}?`,
                                  text: "Apps stay as they are.",
                                  lost: [`the address ${one.label}`],
                                  confirm: "Remove",
                                  danger: true,
                                })
                              ) await remove.run(one.label);
                            }}
                          />
                        </>
                      ),
                  },
                ]}
              />
            )}
      </Loaded>
      {adding.value !== undefined && (
        <LabelDialog
          alias={adding.value === "new" ? undefined : adding.value}
          apps={apps}
          onClose={() => adding.value = undefined}
        />
      )}
      {swapping.value && (
        <SwapDialog
          labels={(aliases.data ?? []).map(({ label }) => label)}
          onClose={() => swapping.value = false}
        />
      )}
    </Card>
  );
}

type Kind = "app" | "redirect" | "reserved" | "split";

function LabelDialog(
  { alias, apps, onClose }: {
    readonly alias: Alias | undefined;
    readonly apps: readonly App[];
    readonly onClose: () => void;
  },
) {
  const label = useSignal(alias?.label ?? "");
  const kind = useSignal<Kind>(alias === undefined || alias.type === "proxy" ? "app" : alias.type);
  const app = useSignal(alias?.appId ?? apps[0]?.id ?? "");
  const url = useSignal(alias?.target ?? "https://");
  const weights = useSignal<Readonly<Record<string, string>>>(
    Object.fromEntries(alias?.split?.map(({ appId, weight }) => [appId, String(weight)]) ?? []),
  );
  const save = useAction(async () => {
    const split = Object.fromEntries(
      Object.entries(weights.value).map(([id, weight]) => [id, Number(weight)] as const).filter((
        [, weight],
      ) => weight > 0),
    );
    const body = kind.value === "app"
      ? { app: app.value }
      : kind.value === "redirect"
      ? { redirect: url.value }
      : kind.value === "reserved"
      ? { reserved: true }
      : { split };
    await call("PUT", path`/api/aliases/${label.value.trim()}`, { body });
    await invalidate("/api/aliases", "/api/apps");
    onClose();
  }, { quiet: true, done: "Saved" });
  return (
    <Dialog title={alias ? `Change ${alias.label}` : "Add a label"} onClose={onClose}>
      <Form
        submit="Save"
        busy={save.busy}
        error={save.error}
        onCancel={onClose}
        onSubmit={() => void save.run()}
      >
        {!alias && (
          <TextField
            label="Label"
            mono
            required
            autofocus
            wrong={save.error?.field("label")}
            value={label.value}
            onInput={(value) => label.value = value}
          />
        )}
        <SelectField<Kind>
          label="Leads to"
          value={kind.value}
          options={[
            { value: "app", text: "an app" },
            { value: "redirect", text: "another address" },
            { value: "split", text: "several apps, by weight" },
            { value: "reserved", text: "nothing: it is kept free" },
          ]}
          onChange={(value) => kind.value = value}
        />
        {kind.value === "app" && (
          <SelectField
            label="App"
            value={app.value}
            options={apps.map(({ id, name }) => ({ value: id, text: name }))}
            onChange={(value) => app.value = value}
          />
        )}
        {kind.value === "redirect" && (
          <TextField
            label="Address"
            mono
            type="url"
            required
            value={url.value}
            onInput={(value) => url.value = value}
          />
        )}
        {kind.value === "split" && apps.map(({ id, name }) => (
          <TextField
            key={id}
            label={`Weight of ${name}`}
            type="number"
            min={0}
            max={10_000}
            value={weights.value[id] ?? ""}
            onInput={(value) => weights.value = { ...weights.value, [id]: value }}
          />
        ))}
      </Form>
    </Dialog>
  );
}

function SwapDialog(
  { labels, onClose }: { readonly labels: readonly string[]; readonly onClose: () => void },
) {
  const a = useSignal(labels[0] ?? "");
  const b = useSignal(labels[1] ?? "");
  const swap = useAction(async () => {
    await call("POST", "/api/aliases/swap", { body: { a: a.value, b: b.value } });
    await invalidate("/api/aliases", "/api/apps");
    onClose();
  }, { quiet: true, done: "They are swapped" });
  const options = labels.map((label) => ({ value: label, text: label }));
  return (
    <Dialog title="Swap two labels" onClose={onClose}>
      <Form
        submit="Swap"
        busy={swap.busy}
        error={swap.error}
        disabled={a.value === b.value}
        onCancel={onClose}
        onSubmit={() => void swap.run()}
      >
        <p>In one step: no visitor sees neither.</p>
        <SelectField
          label="One"
          value={a.value}
          options={options}
          onChange={(value) => a.value = value}
        />
        <SelectField
          label="The other"
          value={b.value}
          options={options}
          onChange={(value) => b.value = value}
        />
      </Form>
    </Dialog>
  );
}
