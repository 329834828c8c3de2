import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { loadSession, signOut } from "../../data/session.ts";
import { plural } from "../../lib/format.ts";
import { path } from "../../lib/route.ts";
import { PasswordDialog } from "../../sign_in/first_run.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Form, TextField } from "../../ui/form.tsx";
import { Card, PageHead } from "../../ui/layout.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { RecoveryCodes, TotpDialog } from "./totp.tsx";

interface Owner {
  readonly name: string;
  readonly password: boolean;
  readonly passwordChangedAt?: number;
  readonly totp: boolean;
  readonly recoveryCodesLeft: number;
  readonly passkeys: readonly Passkey[];
}

interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt?: number | null;
  readonly backedUp?: boolean;
}

interface SessionRow {
  readonly id: string;
  readonly method: string;
  readonly device: string;
  readonly address?: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly current: boolean;
}

/** How the owner gets in, and where the owner is signed in. */
export default function Page() {
  const owner = useQuery<Owner>("/api/owner");
  return (
    <>
      <PageHead title="Sign-in" sub="How you get in, and where you are signed in" />
      <div class="stack">
        <Loaded
          query={owner}
          missing={
            <Card>
              <Empty icon="shield" title="Links only" command="fazt server set-credentials">
                This node signs its owner in by links from its machine.
              </Empty>
            </Card>
          }
        >
          {(data) => (
            <>
              <div class="columns">
                <PasswordCard owner={data} />
                <TotpCard owner={data} />
              </div>
              <PasskeyCard owner={data} />
              <NameCard owner={data} />
            </>
          )}
        </Loaded>
        <SessionsCard />
      </div>
    </>
  );
}

const fresh = async () => {
  await invalidate("/api/owner", "/api/sessions");
  await loadSession();
};

function PasswordCard({ owner }: { readonly owner: Owner }) {
  const open = useSignal(false);
  const remove = useAction(async () => {
    await call("DELETE", "/api/owner/password");
    await fresh();
  }, { done: "The password is gone" });
  return (
    <Card
      title="Password"
      actions={owner.password ? <Badge tone="good">set</Badge> : <Badge tone="warn">not set</Badge>}
    >
      <div class="stack">
        <p>
          {owner.password
            ? (
              <>
                Changed <Time at={owner.passwordChangedAt} />.
              </>
            )
            : "Without a password, a link from the machine is the only way in."}
        </p>
        <div class="row">
          <Button kind={owner.password ? "default" : "primary"} onClick={() => open.value = true}>
            {owner.password ? "Change it" : "Set a password"}
          </Button>
          {owner.password && owner.passkeys.length > 0 && (
            <Button
              kind="danger"
              busy={remove.busy}
              onClick={async () => {
                if (
                  await confirm({
                    title: "Remove the password?",
                    text: "You sign in with a passkey from then on.",
                    lost: ["the password", ...owner.totp ? ["codes from your authenticator"] : []],
                    confirm: "Remove",
                    danger: true,
                  })
                ) await remove.run();
              }}
            >
              Remove
            </Button>
          )}
        </div>
      </div>
      {open.value && (
        <PasswordDialog
          onClose={() => {
            open.value = false;
            void fresh();
          }}
        />
      )}
    </Card>
  );
}

function TotpCard({ owner }: { readonly owner: Owner }) {
  const setting = useSignal(false);
  const codes = useSignal<readonly string[] | undefined>(undefined);
  const off = useAction(async () => {
    await call("DELETE", "/api/owner/totp");
    await fresh();
  }, { done: "Codes are no longer asked for" });
  const renew = useAction(async () => {
    const { recoveryCodes } = await call<{ recoveryCodes: string[] }>(
      "POST",
      "/api/owner/recovery-codes",
      { body: {} },
    );
    codes.value = recoveryCodes;
    await fresh();
  });
  return (
    <Card
      title="Codes from an authenticator"
      actions={owner.totp ? <Badge tone="good">on</Badge> : <Badge>off</Badge>}
    >
      <div class="stack">
        <p>
          {owner.totp
            ? `A code is asked for beside the password. ${
              plural(owner.recoveryCodesLeft, "recovery code")
            } left.`
            : "With a code beside the password, a stolen password alone opens nothing."}
        </p>
        <div class="row">
          {owner.totp
            ? (
              <>
                <Button busy={renew.busy} onClick={() => void renew.run()}>
                  New recovery codes
                </Button>
                <Button
                  kind="danger"
                  busy={off.busy}
                  onClick={async () => {
                    if (
                      await confirm({
                        title: "Turn codes off?",
                        lost: ["the second step at sign-in", "the recovery codes"],
                        confirm: "Turn off",
                        danger: true,
                      })
                    ) await off.run();
                  }}
                >
                  Turn off
                </Button>
              </>
            )
            : (
              <Button disabled={!owner.password} onClick={() => setting.value = true}>
                {owner.password ? "Set up" : "Set a password first"}
              </Button>
            )}
        </div>
      </div>
      {setting.value && (
        <TotpDialog
          onClose={() => setting.value = false}
          onDone={(recoveryCodes) => {
            setting.value = false;
            codes.value = recoveryCodes;
            void fresh();
          }}
        />
      )}
      {codes.value && <RecoveryCodes codes={codes.value} onClose={() => codes.value = undefined} />}
    </Card>
  );
}

function PasskeyCard({ owner }: { readonly owner: Owner }) {
  const adding = useSignal(false);
  const remove = useAction(async (id: string) => {
    await call("DELETE", path`/api/owner/passkeys/${id}`);
    await fresh();
  }, { done: "The passkey is gone" });
  return (
    <Card
      title="Passkeys"
      flush
      actions={
        <Button
          small
          icon="plus"
          onClick={() => adding.value = true}
        >
          Add a passkey
        </Button>
      }
    >
      {owner.passkeys.length === 0
        ? (
          <Empty icon="fingerprint" title="No passkeys">
            A fingerprint, a face or a key in your pocket instead of a password. It works only on
            the address it was made for, so nobody can phish it.
          </Empty>
        )
        : (
          <Table
            caption="Passkeys"
            rows={owner.passkeys}
            rowKey={({ id }) => id}
            columns={[
              { title: "Name", cell: ({ name }) => name },
              { title: "Made", cell: ({ createdAt }) => <Time at={createdAt} /> },
              { title: "Used", cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
              {
                title: "Copies",
                cell: ({ backedUp }) => backedUp ? "kept by its maker" : "this device only",
              },
              {
                title: "Actions",
                kind: "actions",
                cell: (one) => (
                  <Button
                    small
                    kind="plain"
                    icon="trash"
                    label={`Remove ${one.name}`}
                    onClick={async () => {
                      if (
                        await confirm({
                          title: `Remove ${one.name}?`,
                          lost: [`signing in with ${one.name}`],
                          confirm: "Remove",
                          danger: true,
                        })
                      ) await remove.run(one.id);
                    }}
                  />
                ),
              },
            ]}
          />
        )}
      {adding.value && <PasskeyDialog onClose={() => adding.value = false} />}
    </Card>
  );
}

function PasskeyDialog({ onClose }: { readonly onClose: () => void }) {
  const name = useSignal("");
  const add = useAction(async () => {
    const options = await call("POST", "/api/owner/passkeys/options", { body: {} });
    const { startRegistration } = await import("@simplewebauthn/browser");
    type Options = Parameters<typeof startRegistration>[0]["optionsJSON"];
    const response = await startRegistration({ optionsJSON: options as Options });
    await call("POST", "/api/owner/passkeys", { body: { name: name.value, response } });
    await fresh();
    onClose();
  }, { quiet: true, done: "The passkey works" });
  return (
    <Dialog title="Add a passkey" onClose={onClose}>
      <Form
        submit="Go on"
        busy={add.busy}
        error={add.error}
        onCancel={onClose}
        onSubmit={() => void add.run()}
      >
        <p>Your browser asks for the passkey next.</p>
        <TextField
          label="Name"
          required
          autofocus
          maxLength={60}
          placeholder="My laptop"
          wrong={add.error?.field("name")}
          value={name.value}
          onInput={(value) => name.value = value}
        />
      </Form>
    </Dialog>
  );
}

function NameCard({ owner }: { readonly owner: Owner }) {
  const name = useSignal(owner.name);
  const save = useAction(async () => {
    await call("PATCH", "/api/owner", { body: { name: name.value } });
    await fresh();
  }, { quiet: true, done: "Saved" });
  return (
    <Card title="Name">
      <Form
        submit="Save"
        busy={save.busy}
        error={save.error}
        disabled={name.value === owner.name || name.value === ""}
        onSubmit={() => void save.run()}
      >
        <TextField
          label="Name to sign in with"
          autocomplete="off"
          maxLength={60}
          wrong={save.error?.field("name")}
          value={name.value}
          onInput={(value) => name.value = value}
        />
      </Form>
    </Card>
  );
}

function SessionsCard() {
  const sessions = useQuery<readonly SessionRow[]>("/api/sessions", { every: 30_000 });
  const end = useAction(async (one: SessionRow) => {
    if (one.current) return await signOut();
    // Gone from the list at once; a refusal brings it back.
    const undo = sessions.set((list) => list.filter(({ id }) => id !== one.id));
    try {
      await call("DELETE", path`/api/sessions/${one.id}`);
    } catch (error) {
      undo();
      throw error;
    }
    await invalidate("/api/sessions");
  });
  const others = useAction(async () => {
    const { ended } = await call<{ ended: number }>("DELETE", "/api/sessions?others=1");
    await invalidate("/api/sessions");
    toast(`${plural(ended, "session")} ended`);
  });
  return (
    <Loaded query={sessions} missing={null}>
      {(list) => (
        <Card
          title="Where you are signed in"
          flush
          actions={list.length > 1 && (
            <Button
              small
              kind="danger"
              busy={others.busy}
              onClick={() => void others.run()}
            >
              Sign out everywhere else
            </Button>
          )}
        >
          <Table
            caption="Sessions"
            rows={list}
            rowKey={({ id }) => id}
            columns={[
              {
                title: "Device",
                cell: (one) => (
                  <>{one.device} {one.current && <Badge tone="good">this one</Badge>}</>
                ),
              },
              { title: "By", cell: ({ method }) => method },
              { title: "Address", cell: ({ address }) => address ?? "" },
              { title: "Since", cell: ({ createdAt }) => <Time at={createdAt} /> },
              { title: "Last seen", cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
              {
                title: "Actions",
                kind: "actions",
                cell: (one) => (
                  <Button
                    small
                    busy={end.busy}
                    onClick={() => void end.run(one)}
                  >
                    Sign out
                  </Button>
                ),
              },
            ]}
          />
        </Card>
      )}
    </Loaded>
  );
}
