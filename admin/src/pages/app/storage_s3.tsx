import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { location, setQuery } from "../../data/location.ts";
import { usePaged } from "../../data/paged.ts";
import { isAdmin } from "../../data/session.ts";
import { bytes } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import { Button, LinkButton } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { copyText } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Card } from "../../ui/layout.tsx";
import { PagedList } from "../../ui/paged.tsx";
import { Empty } from "../../ui/state.tsx";
import type { TabProps } from "./page.tsx";

interface Listed {
  readonly path: string;
  readonly size: number;
  readonly type?: string;
  /** A folder instead of an object. */
  readonly folder?: boolean;
}

const address = (text: string) => text.split("/").map(encodeURIComponent).join("/");

/** Objects, folder by folder. */
export function S3Browser({ app }: TabProps) {
  const prefix = location.query.value.get("at") ?? "";
  const base = path`/api/storage/${app.id}/s3`;
  const list = usePaged<Listed>(withQuery(base, { prefix, delimiter: "/", limit: 200 }), (data) => {
    const { items, folders = [], cursor } = data as {
      items: Listed[];
      folders?: string[];
      cursor?: string;
    };
    return {
      items: [...folders.map((path) => ({ path, size: 0, folder: true })), ...items],
      next: cursor === undefined ? undefined : { cursor },
    };
  });
  const upload = useAction(async (files: readonly File[]) => {
    for (const file of files) {
      await call("PUT", `${base}/${address(prefix + file.name)}`, {
        raw: file,
        headers: { "x-file-type": file.type || "application/octet-stream" },
        timeoutMs: 30 * 60_000,
      });
    }
    await list.refresh();
  }, { done: "Uploaded" });
  const remove = useAction(async (name: string) => {
    await call("DELETE", `${base}/${address(name)}`);
    await list.refresh();
  }, { done: "The object is gone" });
  const share = useAction(async (name: string) => {
    const { url } = await call<{ url: string }>("POST", path`/api/storage/${app.id}/s3-url`, {
      body: { path: name },
    });
    if (!await copyText(url)) throw new Error(`Copy it by hand: ${url}`);
  }, { done: "A link that works for a while is copied" });
  const choose = () => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.addEventListener("change", () => void upload.run([...input.files ?? []]));
    input.click();
  };
  const parts = prefix.split("/").filter(Boolean);
  return (
    <Card
      title={
        <span class="wrap">
          <Button small kind="plain" onClick={() => setQuery({ at: undefined })}>Objects</Button>
          {parts.map((part, i) => (
            <span key={i}>
              /{" "}
              <Button
                small
                kind="plain"
                onClick={() => setQuery({ at: `${parts.slice(0, i + 1).join("/")}/` })}
              >
                {part}
              </Button>
            </span>
          ))}
        </span>
      }
      flush
      actions={isAdmin.value && (
        <Button small icon="upload" busy={upload.busy} onClick={choose}>Upload</Button>
      )}
    >
      <PagedList
        list={list}
        empty={
          <Empty
            icon="folder"
            title="No objects here"
            command={`fazt storage s3 put ${app.name} PATH FILE`}
          >
            Code keeps files with <code>fazt.storage.s3.put(path, bytes)</code>.
          </Empty>
        }
      >
        {(items) => (
          <ul class="list">
            {items.map((item) => (
              <li key={item.path}>
                <Icon name={item.folder ? "folder" : "file"} />
                {item.folder
                  ? (
                    <span class="grow">
                      <Button kind="plain" small onClick={() => setQuery({ at: item.path })}>
                        {item.path.slice(prefix.length)}
                      </Button>
                    </span>
                  )
                  : (
                    <>
                      <span class="grow mono">{item.path.slice(prefix.length)}</span>
                      <span class="small quiet">{item.type} {bytes(item.size)}</span>
                      <LinkButton
                        small
                        kind="plain"
                        icon="download"
                        label={`Download ${item.path}`}
                        href={`${base}/${address(item.path)}`}
                        download={item.path.split("/").at(-1)!}
                      />
                      {isAdmin.value && (
                        <>
                          <Button
                            small
                            kind="plain"
                            icon="link"
                            label={`Copy a link to ${item.path}`}
                            busy={share.busy}
                            onClick={() => void share.run(item.path)}
                          />
                          <Button
                            small
                            kind="plain"
                            icon="trash"
                            label={`Delete ${item.path}`}
                            onClick={async () => {
                              if (
                                await confirm({
                                  title: "Delete this object?",
                                  lost: [`${item.path} (${bytes(item.size)})`],
                                  confirm: "Delete",
                                  danger: true,
                                })
                              ) {
                                await remove.run(item.path);
                              }
                            }}
                          />
                        </>
                      )}
                    </>
                  )}
              </li>
            ))}
          </ul>
        )}
      </PagedList>
    </Card>
  );
}
