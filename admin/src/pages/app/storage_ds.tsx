import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { location, setQuery } from "../../data/location.ts";
import { usePaged } from "../../data/paged.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import { bytes, plural } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import { JsonDialog } from "../../parts/json_dialog.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { TextField } from "../../ui/form.tsx";
import { Card } from "../../ui/layout.tsx";
import { PagedList } from "../../ui/paged.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import type { TabProps } from "./page.tsx";

interface Collection {
  readonly name: string;
  readonly documents: number;
  readonly bytes: number;
  readonly indexes: readonly { readonly path: string; readonly automatic: boolean }[];
}
type Document = Readonly<Record<string, unknown>> & { readonly id?: string };
const PAGE = 50;

/** Collections of documents. */
export function DsBrowser({ app }: TabProps) {
  const base = path`/api/storage/${app.id}/ds`;
  const collections = useQuery<readonly Collection[]>(base);
  const chosen = location.query.value.get("collection") ?? collections.data?.[0]?.name;
  return (
    <Loaded query={collections}>
      {(list) =>
        list.length === 0
          ? (
            <Card>
              <Empty
                icon="database"
                title="No documents yet"
                command={`fazt storage ds insert ${app.name} COLLECTION '{"a": 1}'`}
              >
                Code keeps documents with <code>fazt.storage.ds.insert("name", document)</code>.
              </Empty>
            </Card>
          )
          : (
            <div class="split">
              <Card title="Collections" flush>
                <ul class="tree">
                  {list.map(({ name, documents, bytes: size }) => (
                    <li key={name}>
                      <a
                        href={withQuery(path`/apps/${app.name}/storage`, {
                          in: "ds",
                          collection: name,
                        })}
                        aria-current={name === chosen ? "true" : undefined}
                      >
                        <span class="grow">{name}</span>
                        <span class="small quiet">{documents}, {bytes(size)}</span>
                      </a>
                    </li>
                  ))}
                </ul>
              </Card>
              {chosen !== undefined && (
                <Documents
                  key={chosen}
                  base={base}
                  collection={list.find(({ name }) => name === chosen)}
                  name={chosen}
                  app={app}
                />
              )}
            </div>
          )}
    </Loaded>
  );
}

function Documents(
  { base, name, collection, app }: TabProps & {
    readonly base: string;
    readonly name: string;
    readonly collection: Collection | undefined;
  },
) {
  const query = useSignal("");
  const asked = useSignal("");
  const edited = useSignal<Document | "new" | undefined>(undefined);
  const at = `${base}/${encodeURIComponent(name)}`;
  const skipped = useSignal(0);
  const list = usePaged<Document>(
    withQuery(at, { query: asked.value || "{}", limit: PAGE }),
    (data) => {
      const items = data as Document[];
      skipped.value += items.length;
      return { items, next: items.length < PAGE ? undefined : { skip: skipped.value } };
    },
  );
  const fresh = async () => {
    skipped.value = 0;
    await list.refresh();
    await invalidate(base);
  };
  const remove = useAction(async (id: string) => {
    await call("DELETE", `${at}/${encodeURIComponent(id)}`);
    await fresh();
  }, { done: "The document is gone" });
  const drop = useAction(async () => {
    await call("DELETE", at);
    setQuery({ collection: undefined });
    await invalidate(base);
  }, { done: "The collection is gone" });
  return (
    <Card
      title={<span class="mono">{name}</span>}
      flush
      actions={isAdmin.value && (
        <>
          <Button small icon="plus" onClick={() => edited.value = "new"}>Add</Button>
          <Button
            small
            kind="danger"
            icon="trash"
            label={`Drop ${name}`}
            onClick={async () => {
              const yes = await confirm({
                title: `Drop ${name}?`,
                lost: [
                  `${
                    plural(collection?.documents ?? 0, "document")
                  } of ${app.name}, with their indexes`,
                ],
                confirm: "Drop",
                danger: true,
                typed: name,
              });
              if (yes) await drop.run();
            }}
          />
        </>
      )}
      footer={collection && collection.indexes.length > 0 && (
        <>Indexed: {collection.indexes.map(({ path }) => path).join(", ")}</>
      )}
    >
      <form
        class="filters"
        style={{ padding: "0.9rem 1.1rem" }}
        onSubmit={(event) => {
          event.preventDefault();
          skipped.value = 0;
          asked.value = query.value;
        }}
      >
        <div class="search">
          <TextField
            label="Query"
            mono
            type="search"
            placeholder='{"age": {"$gte": 18}}'
            value={query.value}
            onInput={(value) => query.value = value}
          />
        </div>
        <Button type="submit" icon="search">Find</Button>
      </form>
      <PagedList list={list} empty={<Empty icon="search" title="No document fits" />}>
        {(items) => (
          <ul class="list">
            {items.map((document, i) => (
              <li key={document.id ?? i}>
                <pre class="grow small">{JSON.stringify(document, null, 1).replace(/\n\s*/g, " ").slice(0, 400)}</pre>
                {isAdmin.value && document.id !== undefined && (
                  <>
                    <Button
                      small
                      kind="plain"
                      icon="edit"
                      label={`Change ${document.id}`}
                      onClick={() => edited.value = document}
                    />
                    <Button
                      small
                      kind="plain"
                      icon="trash"
                      label={`Delete ${document.id}`}
                      onClick={async () => {
                        if (
                          await confirm({
                            title: "Delete this document?",
                            lost: [`${document.id} of ${name}`],
                            confirm: "Delete",
                            danger: true,
                          })
                        ) {
                          await remove.run(document.id!);
                        }
                      }}
                    />
                  </>
                )}
              </li>
            ))}
          </ul>
        )}
      </PagedList>
      {edited.value !== undefined && (
        <JsonDialog
          title={edited.value === "new" ? "Add a document" : "Change a document"}
          value={edited.value === "new" ? {} : edited.value}
          submit="Save"
          onClose={() => edited.value = undefined}
          onSave={async (value) => {
            const before = edited.value;
            if (before === "new" || before === undefined) {
              await call("POST", at, { body: { documents: [value] } });
            } else {await call("PATCH", `${at}/${encodeURIComponent(before.id!)}`, {
                body: { change: changeOf(before, value) },
              });}
            await fresh();
            toast("Saved");
          }}
        />
      )}
    </Card>
  );
}

/** What makes the old document the new one. */
function changeOf(before: Document, after: unknown): unknown {
  if (typeof after !== "object" || after === null) return after;
  const set = Object.fromEntries(Object.entries(after).filter(([name]) => name !== "id"));
  const gone = Object.keys(before).filter((name) => name !== "id" && !(name in after));
  return {
    ...Object.keys(set).length > 0 ? { $set: set } : {},
    ...gone.length > 0 ? { $unset: Object.fromEntries(gone.map((name) => [name, true])) } : {},
  };
}
