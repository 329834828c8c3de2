import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { usePaged } from "../../data/paged.ts";
import { isAdmin } from "../../data/session.ts";
import { path, withQuery } from "../../lib/route.ts";
import { JsonDialog } from "../../parts/json_dialog.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { TextField } from "../../ui/form.tsx";
import { Card } from "../../ui/layout.tsx";
import { PagedList } from "../../ui/paged.tsx";
import { Empty } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import type { TabProps } from "./page.tsx";

interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly expiresAt?: number;
}

/** Keys and values. */
export function KvBrowser({ app }: TabProps) {
  const prefix = useSignal("");
  const edited = useSignal<Entry | "new" | undefined>(undefined);
  const base = path`/api/storage/${app.id}/kv`;
  const list = usePaged<Entry>(
    withQuery(base, { prefix: prefix.value, limit: 100 }),
    (data, meta) => {
      const { cursor } = (meta ?? {}) as { cursor?: string };
      return { items: data as Entry[], next: cursor === undefined ? undefined : { cursor } };
    },
  );
  const remove = useAction(async (key: string) => {
    await call("DELETE", `${base}/${encodeURIComponent(key)}`);
    await list.refresh();
  }, { done: "The key is gone" });
  return (
    <Card
      title="Keys"
      flush
      actions={isAdmin.value && (
        <Button small icon="plus" onClick={() => edited.value = "new"}>Add</Button>
      )}
    >
      <div style={{ padding: "0.9rem 1.1rem" }}>
        <TextField
          label="Beginning with"
          type="search"
          mono
          value={prefix.value}
          onInput={(value) => prefix.value = value}
        />
      </div>
      <PagedList
        list={list}
        empty={
          <Empty
            icon="database"
            title={prefix.value === "" ? "No keys yet" : "No key begins so"}
            command={`fazt storage kv set ${app.name} KEY VALUE`}
          >
            Code keeps values with <code>fazt.storage.kv.set(key, value)</code>.
          </Empty>
        }
      >
        {(items) => (
          <Table
            caption="Keys"
            rows={items}
            rowKey={({ key }) => key}
            columns={[
              { title: "Key", cell: ({ key }) => <code>{key}</code> },
              {
                title: "Value",
                cell: ({ value }) => (
                  <span class="mono small">{JSON.stringify(value)?.slice(0, 160)}</span>
                ),
              },
              {
                title: "Until",
                cell: ({ expiresAt }) => expiresAt === undefined ? "" : <Time at={expiresAt} />,
                kind: "tight",
              },
              {
                title: "Actions",
                kind: "actions",
                cell: (entry) =>
                  isAdmin.value && (
                    <>
                      <Button
                        small
                        kind="plain"
                        icon="edit"
                        label={`Change ${entry.key}`}
                        onClick={() => edited.value = entry}
                      />
                      <Button
                        small
                        kind="plain"
                        icon="trash"
                        label={`Delete ${entry.key}`}
                        onClick={async () => {
                          if (
                            await confirm({
                              title: "Delete this key?",
                              lost: [`${entry.key} and its value`],
                              confirm: "Delete",
                              danger: true,
                            })
                          ) {
                            await remove.run(entry.key);
                          }
                        }}
                      />
                    </>
                  ),
              },
            ]}
          />
        )}
      </PagedList>
      {edited.value !== undefined && (
        <KvDialog
          base={base}
          entry={edited.value === "new" ? undefined : edited.value}
          onClose={() => edited.value = undefined}
          onSaved={() => list.refresh()}
        />
      )}
    </Card>
  );
}

function KvDialog(
  { base, entry, onClose, onSaved }: {
    readonly base: string;
    readonly entry: Entry | undefined;
    readonly onClose: () => void;
    readonly onSaved: () => Promise<void>;
  },
) {
  const key = useSignal(entry?.key ?? "");
  return (
    <JsonDialog
      title={entry ? "Change a value" : "Add a key"}
      value={entry?.value}
      submit="Save"
      onClose={onClose}
      onSave={async (value) => {
        await call("PUT", `${base}/${encodeURIComponent(key.value)}`, { body: { value } });
        await onSaved();
        toast("Saved");
      }}
    >
      <TextField
        label="Key"
        mono
        required
        readOnly={entry !== undefined}
        value={key.value}
        onInput={(value) => key.value = value}
      />
    </JsonDialog>
  );
}
