import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAction } from "../data/action.ts";
import { navigate } from "../data/location.ts";
import { invalidate } from "../data/query.ts";
import {
  deployPackage,
  droppedEntries,
  type Package,
  packageOfEntries,
  packageOfFiles,
} from "../data/upload.ts";
import { bytes, plural } from "../lib/format.ts";
import { path } from "../lib/route.ts";
import { Badge } from "./badge.tsx";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Check, Form, TextField } from "./form.tsx";
import { Icon } from "./icon.tsx";
import { toast } from "./toast.tsx";

/** The app a drop on this page is for; any other page makes or updates an app by name. */
export const dropTarget = signal<{ readonly id: string; readonly name: string } | undefined>(
  undefined,
);
const given = signal<Package | undefined>(undefined);

/** Opens the dialog that asks for a folder or a zip. */
export function chooseAndDeploy(kind: "folder" | "zip"): void {
  const input = document.createElement("input");
  input.type = "file";
  if (kind === "folder") input.webkitdirectory = true;
  else input.accept = ".zip,application/zip";
  input.addEventListener("change", () => void take(() => packageOfFiles([...input.files ?? []])));
  input.click();
}

async function take(read: () => Promise<Package>): Promise<void> {
  try {
    given.value = await read();
  } catch (error) {
    toast((error as Error).message, { kind: "bad" });
  }
}

/** Watches for folders and zips that are dragged onto any page, and deploys them. */
export function DropZone() {
  const over = useSignal(false);
  useEffect(() => {
    let depth = 0;
    const files = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (!files(event)) return;
      event.preventDefault();
      depth++;
      over.value = true;
    };
    const leave = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) over.value = false;
    };
    const move = (event: DragEvent) => {
      if (files(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      over.value = false;
      if (!files(event)) return;
      event.preventDefault();
      const entries = droppedEntries(event.dataTransfer!);
      const plain = [...event.dataTransfer!.files];
      void take(() => entries.length > 0 ? packageOfEntries(entries) : packageOfFiles(plain));
    };
    addEventListener("dragenter", enter);
    addEventListener("dragleave", leave);
    addEventListener("dragover", move);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragenter", enter);
      removeEventListener("dragleave", leave);
      removeEventListener("dragover", move);
      removeEventListener("drop", drop);
    };
  }, []);
  const target = dropTarget.value;
  return (
    <>
      {over.value && (
        <div class="drop-veil">
          <div>
            <Icon name="upload" />
            <h2>
              {target ? `Drop to deploy to ${target.name}` : "Drop a folder or a zip to deploy it"}
            </h2>
            <p class="quiet">.git, node_modules and .env stay here</p>
          </div>
        </div>
      )}
      {given.value && (
        <DeployDialog
          given={given.value}
          target={target}
          onClose={() => given.value = undefined}
        />
      )}
    </>
  );
}

function DeployDialog(
  { given, target, onClose }: {
    readonly given: Package;
    readonly target: { readonly id: string; readonly name: string } | undefined;
    readonly onClose: () => void;
  },
) {
  const name = useSignal(target?.name ?? given.name);
  const message = useSignal("");
  const preview = useSignal(false);
  const deploy = useAction(async () => {
    const answer = await deployPackage(given, {
      ...target ? { app: target.id } : { name: name.value },
      message: message.value,
      preview: preview.value,
    });
    await invalidate("/api/apps");
    return answer;
  }, { quiet: true });
  const send = async () => {
    const answer = await deploy.run();
    if (answer === undefined) return;
    onClose();
    const { app, unchanged, grants, ms } = answer;
    toast(
      unchanged
        ? `${app.name} is as it was: nothing differs`
        : `${app.name} is deployed, revision ${answer.revision.n}, in ${ms} ms`,
      grants.pending.length > 0 ? { more: "It asks for permissions that wait for you." } : {},
    );
    for (const warning of answer.warnings) toast(warning, { kind: "bad" });
    await navigate(path`/apps/${app.name}`);
  };
  return (
    <Dialog title={target ? `Deploy to ${target.name}` : "Deploy"} onClose={onClose}>
      <Form
        submit="Deploy"
        busy={deploy.busy}
        error={deploy.error}
        onCancel={onClose}
        onSubmit={() => void send()}
      >
        <p>
          {plural(given.files, "file")}, {bytes(given.bytes)}
          {given.hasServer && (
            <>
              <Badge tone="info">server code</Badge>
            </>
          )}
          {given.left > 0 && <span class="quiet">; {plural(given.left, "file")} left out</span>}
        </p>
        {!target && (
          <TextField
            label="Name"
            mono
            required
            autofocus
            pattern="[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"
            hint="It answers at this name. An app that has the name already gets a new revision."
            wrong={deploy.error?.field("name")}
            value={name.value}
            onInput={(value) => name.value = value}
          />
        )}
        {given.permissions !== undefined && given.permissions.length > 0 && (
          <div>
            <div class="small">It asks for</div>
            <div class="row">
              {given.permissions.map((grant) => <Badge key={grant} tone="accent">{grant}</Badge>)}
            </div>
          </div>
        )}
        <TextField
          label="Message"
          hint="Optional: what changed"
          value={message.value}
          onInput={(value) => message.value = value}
        />
        <Check checked={preview.value} onChange={(checked) => preview.value = checked}>
          Only as a preview: visitors keep what they see now
        </Check>
      </Form>
    </Dialog>
  );
}

/** Buttons that ask for a folder or a zip. */
export function DeployButtons({ primary = true }: { readonly primary?: boolean }) {
  return (
    <>
      <Button
        kind={primary ? "primary" : "default"}
        icon="upload"
        onClick={() => chooseAndDeploy("folder")}
      >
        Deploy a folder
      </Button>
      <Button icon="archive" onClick={() => chooseAndDeploy("zip")}>Deploy a zip</Button>
    </>
  );
}
