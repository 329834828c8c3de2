import { useSignal } from "@preact/signals";
import { useAction } from "../data/action.ts";
import { call } from "../data/api.ts";
import { navigate } from "../data/location.ts";
import { invalidate } from "../data/query.ts";
import type { DeployAnswer, Plan } from "../data/shapes.ts";
import { bytes, plural, short } from "../lib/format.ts";
import { path } from "../lib/route.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Form, TextField } from "../ui/form.tsx";
import { Facts } from "../ui/layout.tsx";
import { Callout, ErrorNote } from "../ui/state.tsx";
import { Time } from "../ui/time.tsx";
import { toast } from "../ui/toast.tsx";

/** Reads from git, large repositories too. */
const GIT_MS = 5 * 60_000;

/**
 * Installs an app from git: first what it would do and what it asks for, then, once the person
 * agrees, exactly that commit.
 */
export function InstallDialog(
  { source: given = "", onClose }: { readonly source?: string; readonly onClose: () => void },
) {
  const source = useSignal(given);
  const name = useSignal("");
  const token = useSignal("");
  const plan = useSignal<Plan | undefined>(undefined);
  const body = () => ({
    source: source.value.trim(),
    ...name.value ? { name: name.value } : {},
    ...token.value ? { auth: token.value } : {},
  });
  const look = useAction(async () => {
    const answer = await call<{ plan: Plan }>("POST", "/api/apps/install", {
      body: body(),
      timeoutMs: GIT_MS,
    });
    plan.value = answer.plan;
  }, { quiet: true });
  const install = useAction(async (agreed: Plan) => {
    const done = await call<DeployAnswer>("POST", "/api/apps/install", {
      body: { ...body(), apply: true, commit: agreed.commit.id, approve: true },
      timeoutMs: GIT_MS,
    });
    await invalidate("/api/apps", "/api/markets");
    return done;
  }, { quiet: true });
  const now = plan.value;
  return (
    <Dialog title="Install an app from git" onClose={onClose} wide={now !== undefined}>
      {now === undefined
        ? (
          <Form
            submit="Look at it"
            busy={look.busy}
            error={look.error}
            onCancel={onClose}
            onSubmit={() => void look.run()}
          >
            <TextField
              label="Where it is"
              mono
              required
              autofocus
              placeholder="github.com/user/repository/folder@branch"
              hint="An address of a git repository, with a folder and a branch or tag if need be; or market/app"
              value={source.value}
              onInput={(value) => source.value = value}
            />
            <TextField
              label="Name"
              mono
              hint="Optional: another name than its own"
              wrong={look.error?.field("name")}
              value={name.value}
              onInput={(value) => name.value = value}
            />
            <TextField
              label="Token"
              type="password"
              autocomplete="off"
              hint="Optional: for a private repository"
              value={token.value}
              onInput={(value) => token.value = value}
            />
            <p class="small quiet">Nothing is installed yet: you see first what it brings.</p>
          </Form>
        )
        : (
          <div class="stack">
            <PlanView plan={now} />
            {install.error && <ErrorNote error={install.error} />}
            <div class="form-foot">
              <Button onClick={() => plan.value = undefined}>Back</Button>
              <Button
                kind="primary"
                busy={install.busy}
                onClick={async () => {
                  const done = await install.run(now);
                  if (done === undefined) return;
                  toast(`${done.app.name} is installed`);
                  onClose();
                  await navigate(path`/apps/${done.app.name}`);
                }}
              >
                {now.permissions.requested.length > 0 ? "Allow and install" : "Install"}
              </Button>
            </div>
          </div>
        )}
    </Dialog>
  );
}

/** What an install or an upgrade would do. */
export function PlanView({ plan }: { readonly plan: Plan }) {
  const { commit, permissions, signature } = plan;
  const asks = plan.kind === "install" ? permissions.requested : permissions.added;
  return (
    <div class="stack">
      <Facts
        items={[
          [
            "App",
            <strong key="n">
              {plan.title ?? plan.name} {plan.version && <Badge>{plan.version}</Badge>}
            </strong>,
          ],
          plan.description !== undefined && ["About", plan.description],
          ["From", <span class="mono wrap" key="f">{plan.source.spec}</span>],
          [
            "Commit",
            <span key="c">
              <code>{short(commit.id, 9)}</code> {commit.subject}{" "}
              <span class="quiet">
                by {commit.author}, <Time at={commit.at} />
              </span>
            </span>,
          ],
          [
            "Files",
            `${plural(plan.fileCount, "file")}, ${bytes(plan.size)}${
              plan.kind === "upgrade" ? `; ${plural(plan.files.length, "change")}` : ""
            }`,
          ],
          [
            "Signature",
            signature.state === "valid"
              ? <Badge tone="good" key="s">signed</Badge>
              : <Badge key="s">not signed</Badge>,
          ],
        ]}
      />
      <Asks
        title={plan.kind === "install" ? "It asks to" : "It asks newly to"}
        grants={asks}
        meanings={permissions.meanings}
      />
      {permissions.removed.length > 0 && (
        <p class="small quiet">No longer asked for: {permissions.removed.join(", ")}</p>
      )}
      {plan.unchanged && <Callout>Nothing differs from what is installed.</Callout>}
      {plan.warnings.map((warning) => <Callout kind="warn" key={warning}>{warning}</Callout>)}
    </div>
  );
}

function Asks(
  { title, grants, meanings }: {
    readonly title: string;
    readonly grants: readonly string[];
    readonly meanings: Readonly<Record<string, string>>;
  },
) {
  if (grants.length === 0) {
    return (
      <Callout kind="good">
        It asks for no {title.includes("newly") ? "new " : ""}permissions.
      </Callout>
    );
  }
  return (
    <Callout kind="warn" title={title}>
      <ul>
        {grants.map((grant) => (
          <li key={grant}>
            {meanings[grant] ?? grant} <code>{grant}</code>
          </li>
        ))}
      </ul>
    </Callout>
  );
}
