import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { usePaged } from "../../data/paged.ts";
import type { App } from "../../data/shapes.ts";
import { count } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Form, SelectField, TextField } from "../../ui/form.tsx";
import { Card } from "../../ui/layout.tsx";
import { OutLink } from "../../ui/link.tsx";
import { PagedList } from "../../ui/paged.tsx";
import { Qr } from "../../ui/qr.tsx";
import { Empty } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

interface Redirect {
  readonly slug: string;
  readonly url: string;
  readonly status: number;
  readonly title?: string;
  readonly app?: string;
  readonly clicks: number;
  readonly lastAt?: number;
  readonly shortUrl: string;
}

/** Short links, `/r/…`, with how often they were followed. */
export function Redirects({ apps }: { readonly apps: readonly App[] }) {
  const text = useSignal("");
  const edited = useSignal<Redirect | "new" | undefined>(undefined);
  const shown = useSignal<Redirect | undefined>(undefined);
  const list = usePaged<Redirect>(
    withQuery("/api/redirects", { q: text.value, limit: 100 }),
    (data, meta) => {
      const { cursor } = (meta ?? {}) as { cursor?: string };
      return { items: data as Redirect[], next: cursor === undefined ? undefined : { cursor } };
    },
  );
  const remove = useAction(async (slug: string) => {
    await call("DELETE", path`/api/redirects/${slug}`);
    await list.refresh();
  }, { done: "The link is gone" });
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
        <Button kind="primary" icon="plus" onClick={() => edited.value = "new"}>
          Make a short link
        </Button>
      </div>
      <Card flush>
        {list.error?.status === 404
          ? <Empty icon="link" title="This node has no short links" />
          : (
            <PagedList
              list={list}
              empty={
                <Empty
                  icon="link"
                  title="No short links"
                  command="fazt net redirect add https://example.com/a-long-address"
                >
                  A short address that leads anywhere and counts who follows it.
                </Empty>
              }
            >
              {(rows) => (
                <Table
                  caption="Short links"
                  rows={rows}
                  rowKey={({ slug }) => slug}
                  columns={[
                    {
                      title: "Link",
                      cell: (one) => (
                        <>
                          <OutLink href={one.shortUrl} bare />{" "}
                          <CopyButton text={one.shortUrl} label={`Copy ${one.slug}`} />
                          {one.title && <div class="small quiet">{one.title}</div>}
                        </>
                      ),
                    },
                    {
                      title: "Leads to",
                      cell: (one) => <OutLink href={one.url}>{one.url.slice(0, 120)}</OutLink>,
                    },
                    { title: "Followed", cell: (one) => count(one.clicks), kind: "end" },
                    {
                      title: "Last",
                      cell: ({ lastAt }) => lastAt === undefined ? "" : <Time at={lastAt} />,
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
                            icon="eye"
                            label={`QR code of ${one.slug}`}
                            onClick={() => shown.value = one}
                          />
                          <Button
                            small
                            kind="plain"
                            icon="edit"
                            label={`Change ${one.slug}`}
                            onClick={() => edited.value = one}
                          />
                          <Button
                            small
                            kind="plain"
                            icon="trash"
                            label={`Delete ${one.slug}`}
                            onClick={async () => {
                              if (
                                await confirm({
                                  title: `Delete ${one.slug}?`,
                                  lost: [
                                    `${one.shortUrl} leads nowhere`,
                                    `its count (${count(one.clicks)})`,
                                  ],
                                  confirm: "Delete",
                                  danger: true,
                                })
                              ) await remove.run(one.slug);
                            }}
                          />
                        </>
                      ),
                    },
                  ]}
                />
              )}
            </PagedList>
          )}
      </Card>
      {shown.value && (
        <Dialog title={shown.value.slug} onClose={() => shown.value = undefined}>
          <div class="row">
            <Qr text={shown.value.shortUrl} label={`QR code of ${shown.value.shortUrl}`} />{" "}
            <span class="mono wrap grow">{shown.value.shortUrl}</span>
          </div>
        </Dialog>
      )}
      {edited.value !== undefined && (
        <RedirectDialog
          redirect={edited.value === "new" ? undefined : edited.value}
          apps={apps}
          onClose={() => edited.value = undefined}
          onSaved={() => list.refresh()}
        />
      )}
    </div>
  );
}

function RedirectDialog(
  { redirect, apps, onClose, onSaved }: {
    readonly redirect: Redirect | undefined;
    readonly apps: readonly App[];
    readonly onClose: () => void;
    readonly onSaved: () => Promise<void>;
  },
) {
  const url = useSignal(redirect?.url ?? "https://");
  const slug = useSignal("");
  const title = useSignal(redirect?.title ?? "");
  const app = useSignal("");
  const save = useAction(async () => {
    if (redirect) {
      await call("PATCH", path`/api/redirects/${redirect.slug}`, {
        body: { url: url.value, title: title.value || null },
      });
    } else {
      await call("POST", "/api/redirects", {
        body: {
          url: url.value,
          ...slug.value ? { slug: slug.value } : {},
          ...title.value ? { title: title.value } : {},
          ...app.value ? { app: app.value } : {},
        },
      });
    }
    await onSaved();
    onClose();
  }, { quiet: true, done: "Saved" });
  return (
    <Dialog title={redirect ? `Change ${redirect.slug}` : "Make a short link"} onClose={onClose}>
      <Form
        submit="Save"
        busy={save.busy}
        error={save.error}
        onCancel={onClose}
        onSubmit={() =>
          void save.run()}
      >
        <TextField
          label="Leads to"
          mono
          type="url"
          required
          autofocus
          wrong={save.error?.field("url")}
          value={url.value}
          onInput={(value) =>
            url.value = value}
        />
        {!redirect && (
          <TextField
            label="Short name"
            mono
            hint="Empty: one is made up"
            wrong={save.error?.field("slug")}
            value={slug.value}
            onInput={(value) => slug.value = value}
          />
        )}
        <TextField
          label="Title"
          hint="Optional, for you"
          value={title.value}
          onInput={(value) => title.value = value}
        />
        {!redirect && (
          <SelectField
            label="At"
            value={app.value}
            options={[
              { value: "", text: "the node's own domain" },
              ...apps.map(({ id, name }) => ({ value: id, text: name })),
            ]}
            onChange={(value) => app.value = value}
          />
        )}
      </Form>
    </Dialog>
  );
}
