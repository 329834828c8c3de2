import { useSignal } from "@preact/signals";
import { useAction } from "../data/action.ts";
import { call } from "../data/api.ts";
import { location, setQuery } from "../data/location.ts";
import { invalidate, useQuery } from "../data/query.ts";
import { isAdmin } from "../data/session.ts";
import type { SettingInfo } from "../data/shapes.ts";
import { path } from "../lib/route.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Check, Form, TextField } from "../ui/form.tsx";
import { Card } from "../ui/layout.tsx";
import { Empty, Loaded } from "../ui/state.tsx";
import { Table } from "../ui/table.tsx";

/** Settings of the node, searchable, each with what it is and where its value comes from. */
export function SettingsList(
  { source, group }: {
    /** Address of the list. */
    readonly source: string;
    /** Which part of a key makes a heading. */
    readonly group: (key: string) => string;
  },
) {
  const settings = useQuery<readonly SettingInfo[]>(source);
  const search = useSignal(location.query.value.get("q") ?? "");
  const edited = useSignal<SettingInfo | undefined>(undefined);
  const reset = useAction(async (key: string) => {
    await call("DELETE", path`/api/system/config/${key}`);
    await invalidate("/api/system");
  }, { done: "It has its default again" });
  const wanted = search.value.trim().toLowerCase();
  return (
    <div class="stack">
      <div class="filters">
        <div class="search">
          <TextField
            label="Search"
            type="search"
            placeholder="Name or what it does"
            value={search.value}
            onInput={(value) => {
              search.value = value;
              setQuery({ q: value });
            }}
          />
        </div>
      </div>
      <Loaded query={settings}>
        {(list) => {
          const found = list.filter(({ key, about }) =>
            key.toLowerCase().includes(wanted) || about.toLowerCase().includes(wanted)
          );
          if (found.length === 0) {
            return (
              <Card>
                <Empty icon="search" title="No setting fits" command="fazt config list" />
              </Card>
            );
          }
          const groups = [...new Set(found.map(({ key }) => group(key)))];
          return groups.map((name) => (
            <Card key={name} title={name} flush>
              <Table
                caption={`Settings: ${name}`}
                rows={found.filter(({ key }) => group(key) === name)}
                rowKey={({ key }) => key}
                columns={[
                  {
                    title: "Setting",
                    cell: ({ key, about }) => (
                      <>
                        <code>{key}</code>
                        <div class="small quiet">{about}</div>
                      </>
                    ),
                  },
                  {
                    title: "Value",
                    cell: (one) => (
                      <span class="row">
                        <span class="mono wrap">
                          {String(one.value) || <span class="quiet">empty</span>}
                        </span>
                        {one.source !== "default" && <Badge tone="info">{one.source}</Badge>}
                        {one.restart && <Badge>after a restart</Badge>}
                      </span>
                    ),
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
                            label={`Change ${one.key}`}
                            onClick={() => edited.value = one}
                          />
                          {one.source === "database" && (
                            <Button
                              small
                              kind="plain"
                              icon="undo"
                              label={`Reset ${one.key} to ${String(one.default)}`}
                              busy={reset.busy}
                              onClick={() => void reset.run(one.key)}
                            />
                          )}
                        </>
                      ),
                  },
                ]}
              />
            </Card>
          ));
        }}
      </Loaded>
      {edited.value && (
        <SettingDialog
          setting={edited.value}
          onClose={() => edited.value = undefined}
        />
      )}
    </div>
  );
}

function SettingDialog(
  { setting, onClose }: { readonly setting: SettingInfo; readonly onClose: () => void },
) {
  const text = useSignal(String(setting.value));
  const flag = useSignal(setting.value === true);
  const save = useAction(async () => {
    const value = typeof setting.default === "boolean"
      ? flag.value
      : typeof setting.default === "number"
      ? Number(text.value)
      : text.value;
    await call("PUT", "/api/system/config", { body: { key: setting.key, value } });
    await invalidate("/api/system");
    onClose();
  }, { quiet: true, done: setting.restart ? "Saved; it holds after a restart" : "Saved" });
  const fixed = setting.source === "flag" || setting.source === "environment";
  return (
    <Dialog title={setting.key} onClose={onClose}>
      <Form
        submit="Save"
        busy={save.busy}
        error={save.error}
        onCancel={onClose}
        onSubmit={() => void save.run()}
      >
        <p>{setting.about}</p>
        {fixed && (
          <p class="small">A {setting.source} sets it now and goes before what is saved here.</p>
        )}
        {typeof setting.default === "boolean"
          ? <Check checked={flag.value} onChange={(checked) => flag.value = checked}>On</Check>
          : (
            <TextField
              label="Value"
              mono
              autofocus
              inputMode={typeof setting.default === "number" ? "decimal" : "text"}
              hint={`Default: ${String(setting.default) || "empty"}`}
              wrong={save.error?.field("value")}
              value={text.value}
              onInput={(value) => text.value = value}
            />
          )}
        <p class="small quiet">fazt config set {setting.key} {text.value}</p>
      </Form>
    </Dialog>
  );
}
