import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { asError, useAction } from "../../data/action.ts";
import { type ApiError, call, callRaw } from "../../data/api.ts";
import { deployChanges, type FileChanges } from "../../data/edit_files.ts";
import { leaveGuard, location, navigate, setQuery } from "../../data/location.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import type { App, AppFile, Revision } from "../../data/shapes.ts";
import { ONE_CHUNK } from "../../lib/cid.ts";
import { bytes, plural } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import { imageType, textOfBytes } from "../../lib/text_file.ts";
import { type TreeNode, treeOf } from "../../lib/tree.ts";
import { Editor } from "../../parts/editor.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { DeployButtons } from "../../ui/drop.tsx";
import { Form, SelectField, TextField } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Card } from "../../ui/layout.tsx";
import { Callout, Empty, ErrorNote, Loaded, Loading } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import type { TabProps } from "./page.tsx";

/** Files of a revision, with a viewer and an editor that deploys what it changes. */
export function FilesTab({ app }: TabProps) {
  const asked = Number(location.query.value.get("revision")) || undefined;
  const revision = asked ?? app.revision;
  const files = useQuery<readonly AppFile[]>(
    revision === undefined ? undefined : withQuery(path`/api/apps/${app.id}/files`, { revision }),
  );
  if (revision === undefined) {
    return (
      <Card>
        <Empty
          icon="file"
          title="No files yet"
          command={`fazt app deploy ./my-site --name ${app.name}`}
          actions={<DeployButtons />}
        >
          Drag a folder or a zip onto this page.
        </Empty>
      </Card>
    );
  }
  return (
    <Loaded query={files}>
      {(list) => (
        <Files app={app} files={list} revision={revision} current={revision === app.revision} />
      )}
    </Loaded>
  );
}

interface FilesProps {
  readonly app: App;
  readonly files: readonly AppFile[];
  readonly revision: number;
  readonly current: boolean;
}

function Files({ app, files, revision, current }: FilesProps) {
  const revisions = useQuery<readonly Revision[]>(path`/api/apps/${app.id}/revisions`);
  const tree = useMemo(() => treeOf(files), [files]);
  const creating = useSignal(false);
  const chosen = location.query.value.get("path") ??
    ["index.html", "api/main.ts", "api/main.js", "app.json"].find((name) =>
      files.some((file) => file.path === name)
    ) ??
    files[0]?.path;
  const file = files.find(({ path }) => path === chosen);
  const href = (to: string) =>
    withQuery(path`/apps/${app.name}/files`, {
      path: to,
      revision: current ? undefined : revision,
    });
  return (
    <div class="stack">
      {!current && (
        <Callout
          title={`Revision ${revision}`}
          actions={
            <LinkButton small href={path`/apps/${app.name}/files`}>Show what is served</LinkButton>
          }
        >
          This is not what visitors get. Saving a change makes a new revision from it.
        </Callout>
      )}
      <div class="split">
        <Card
          title={plural(files.length, "file")}
          flush
          actions={
            <Button
              small
              kind="plain"
              icon="plus"
              label="New file"
              onClick={() => creating.value = true}
            />
          }
          footer={revisions.data && (
            <SelectField
              label="Revision"
              value={String(revision)}
              options={revisions.data.slice(0, 200).map(({ n, current }) => ({
                value: String(n),
                text: `${n}${current ? " (served)" : ""}`,
              }))}
              onChange={(value) =>
                setQuery({ revision: Number(value) === app.revision ? undefined : value })}
            />
          )}
        >
          <nav aria-label="Files">
            <ul class="tree">
              <Branch nodes={tree} chosen={chosen} href={href} />
            </ul>
          </nav>
        </Card>
        {file
          ? (
            <FileView
              key={`${revision} ${file.path} ${file.cid}`}
              app={app}
              files={files}
              file={file}
              revision={revision}
            />
          )
          : (
            <Card>
              <Empty
                icon="file"
                title={chosen
                  ? `There is no file ${chosen.slice(0, 80)} in this revision`
                  : "Choose a file"}
              />
            </Card>
          )}
      </div>
      {creating.value && <NewFile app={app} files={files} onClose={() => creating.value = false} />}
    </div>
  );
}

function Branch(
  { nodes, chosen, href }: {
    readonly nodes: readonly TreeNode<AppFile>[];
    readonly chosen: string | undefined;
    readonly href: (path: string) => string;
  },
) {
  return (
    <>
      {nodes.map((node) => (
        <li key={node.path}>
          {node.file
            ? (
              <a href={href(node.path)} aria-current={node.path === chosen ? "true" : undefined}>
                <Icon name="file" /> {node.name}
              </a>
            )
            : (
              <details open={chosen?.startsWith(`${node.path}/`) || nodes.length < 12}>
                <summary>
                  <Icon name="folder" /> {node.name}
                </summary>
                <ul>
                  <Branch nodes={node.children} chosen={chosen} href={href} />
                </ul>
              </details>
            )}
        </li>
      ))}
    </>
  );
}

type Content =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "image"; readonly url: string }
  | { readonly kind: "other"; readonly why: string };

/** Images are drawn from the page itself: nothing an app holds is ever opened as a document. */
const MAX_IMAGE = 3_000_000;

async function read(at: string, file: AppFile): Promise<Content> {
  const image = imageType(file.path);
  if (image !== undefined && image !== "image/svg+xml" && file.size > MAX_IMAGE) {
    return { kind: "other", why: "The picture is too large to be shown here" };
  }
  if (image === undefined && file.size > ONE_CHUNK) {
    return {
      kind: "other",
      why: `It is larger than ${bytes(ONE_CHUNK)}: change it on your machine and deploy`,
    };
  }
  const blob = await (await callRaw(at)).blob();
  if (image !== undefined && image !== "image/svg+xml") {
    return { kind: "image", url: await dataUrl(new Blob([blob], { type: image })) };
  }
  const text = textOfBytes(new Uint8Array(await blob.arrayBuffer()));
  return text === undefined ? { kind: "other", why: "It is no text" } : { kind: "text", text };
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(blob);
  });
}

function FileView(
  { app, files, file, revision }: {
    readonly app: App;
    readonly files: readonly AppFile[];
    readonly file: AppFile;
    readonly revision: number;
  },
) {
  const at = withQuery(
    `${path`/api/apps/${app.id}/files/`}${file.path.split("/").map(encodeURIComponent).join("/")}`,
    { revision },
  );
  const content = useSignal<Content | undefined>(undefined);
  const failed = useSignal<ApiError | undefined>(undefined);
  const text = useSignal<string | undefined>(undefined);
  const load = async () => {
    failed.value = undefined;
    try {
      content.value = await read(at, file);
    } catch (error) {
      failed.value = asError(error);
    }
  };
  useEffect(() => void load(), [at]);
  const before = content.value?.kind === "text" ? content.value.text : undefined;
  const changed = text.value !== undefined && text.value !== before;
  useEffect(() => {
    if (!changed) return;
    const ask = () =>
      confirm({
        title: `Leave ${file.path}?`,
        lost: ["the changes that are not deployed"],
        confirm: "Leave",
        danger: true,
      });
    leaveGuard.ask = ask;
    return () => {
      if (leaveGuard.ask === ask) leaveGuard.ask = undefined;
    };
  }, [changed]);
  const deploy = useDeploy(app, files, revision);
  const save = async () => {
    if (!changed || deploy.busy) return;
    const body = new TextEncoder().encode(text.value);
    await deploy.run(new Map([[file.path, body]]), `Edit ${file.path}`, file.path);
  };
  return (
    <Card
      title={<span class="wrap mono">{file.path}</span>}
      flush
      actions={
        <div class="row">
          <span class="small quiet">{bytes(file.size)}</span>
          {changed && <Badge tone="warn">not deployed</Badge>}
          {changed && <Button small onClick={() => text.value = undefined}>Discard</Button>}
          <Button
            small
            kind="primary"
            busy={deploy.busy}
            disabled={!changed}
            onClick={() => void save()}
          >
            Save and deploy
          </Button>
          <LinkButton
            small
            kind="plain"
            icon="download"
            label="Download"
            href={at}
            download={file.path.split("/").at(-1)!}
          />
          <Button
            small
            kind="plain"
            icon="trash"
            label={`Delete ${file.path}`}
            onClick={async () => {
              const yes = await confirm({
                title: `Delete ${file.path}?`,
                text:
                  `A new revision of ${app.name} without it is deployed. The file stays in revision ${revision}.`,
                lost: [`visitors no longer get ${file.path}`],
                confirm: "Delete and deploy",
                danger: true,
              });
              if (yes) {
                await deploy.run(
                  new Map([[file.path, null]]),
                  `Delete ${file.path}`,
                  undefined,
                );
              }
            }}
          />
        </div>
      }
    >
      {deploy.error && (
        <div class="body">
          <ErrorNote error={deploy.error} title="It was not deployed; your text is still here" />
        </div>
      )}
      {failed.value
        ? (
          <div class="body">
            <ErrorNote error={failed.value} retry={() => void load()} />
          </div>
        )
        : content.value === undefined
        ? <Loading label={file.path} />
        : content.value.kind === "image"
        ? <img class="preview-image" src={content.value.url} alt={file.path} />
        : content.value.kind === "other"
        ? (
          <Empty
            icon="file"
            title={content.value.why}
            actions={<LinkButton icon="download" href={at} download>Download it</LinkButton>}
          />
        )
        : (
          <Editor
            text={text.value ?? content.value.text}
            label={`Text of ${file.path}`}
            onInput={(value) => text.value = value}
            onSave={() => void save()}
          />
        )}
    </Card>
  );
}

/** Deploys changes to what is served, and asks first where somebody deployed meanwhile. */
function useDeploy(app: App, files: readonly AppFile[], revision: number) {
  return useAction(async (changes: FileChanges, message: string, show: string | undefined) => {
    const now = await call<App>("GET", path`/api/apps/${app.id}`);
    if (now.revision !== revision) {
      const yes = await confirm({
        title: "Something else is served now",
        text: `You edited revision ${revision}; visitors get revision ${now.revision ?? "none"}.`,
        lost: [
          `what revision ${
            now.revision ?? ""
          } changed, from what visitors see (the revision itself stays)`,
        ],
        confirm: "Deploy mine",
        danger: true,
      });
      if (!yes) return;
    }
    const done = await deployChanges(app, files, changes, message);
    leaveGuard.ask = undefined;
    toast(
      done.unchanged ? "Nothing differs" : `Revision ${done.revision.n} is served`,
      done.previous === undefined ? {} : {
        action: {
          text: "Undo",
          run: () =>
            void call("POST", path`/api/apps/${app.id}/rollback`, {
              body: { revision: done.previous },
            })
              .then(() => invalidate("/api/apps")).then(() =>
                toast(`Back at revision ${done.previous}`)
              )
              .catch((error) => toast(asError(error).message, { kind: "bad" })),
        },
      },
    );
    await invalidate("/api/apps");
    await navigate(withQuery(path`/apps/${app.name}/files`, { path: show }), { replace: true });
  }, { quiet: true });
}

function NewFile(
  { app, files, onClose }: {
    readonly app: App;
    readonly files: readonly AppFile[];
    readonly onClose: () => void;
  },
) {
  const name = useSignal("");
  const text = useSignal("");
  const taken = files.some((file) => file.path === name.value);
  const deploy = useDeploy(app, files, app.revision ?? 0);
  return (
    <Dialog title="New file" onClose={onClose} wide>
      <Form
        submit="Create and deploy"
        busy={deploy.busy}
        error={deploy.error}
        disabled={name.value === "" || taken}
        onCancel={onClose}
        onSubmit={async () => {
          await deploy.run(
            new Map([[name.value, new TextEncoder().encode(text.value)]]),
            `Add ${name.value}`,
            name.value,
          );
          if (!deploy.error) onClose();
        }}
      >
        <TextField
          label="Path"
          mono
          required
          autofocus
          placeholder="about/index.html"
          wrong={taken ? "There is such a file" : undefined}
          value={name.value}
          onInput={(value) => name.value = value}
        />
        <Editor
          text={text.value}
          label="Text of the file"
          onInput={(value) => text.value = value}
        />
      </Form>
    </Dialog>
  );
}
