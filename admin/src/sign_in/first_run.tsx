import { useSignal } from "@preact/signals";
import { useAction } from "../data/action.ts";
import { call } from "../data/api.ts";
import { loadSession, session } from "../data/session.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Form, TextField } from "../ui/form.tsx";

/** Tells an owner without a password or passkey to set one while the link's session lasts. */
export function FirstRun() {
  const open = useSignal(false);
  if (session.value?.credentials !== false) return null;
  return (
    <div class="banner" role="status">
      <strong>No password yet.</strong>
      <span>Links from the machine are the only way in until you set one.</span>
      <Button small onClick={() => open.value = true}>Set a password</Button>
      <a href="/account">Or add a passkey</a>
      {open.value && <PasswordDialog onClose={() => open.value = false} />}
    </div>
  );
}

/** Sets or changes the password. */
export function PasswordDialog({ onClose }: { readonly onClose: () => void }) {
  const password = useSignal("");
  const again = useSignal("");
  const differs = again.value !== "" && again.value !== password.value;
  const save = useAction(async () => {
    await call("PUT", "/api/owner/password", { body: { password: password.value } });
    await loadSession();
    onClose();
  }, { quiet: true, done: "The password is set" });
  return (
    <Dialog title="Set a password" onClose={onClose}>
      <Form
        submit="Set the password"
        busy={save.busy}
        error={save.error}
        disabled={password.value.length < 10 || password.value !== again.value}
        onCancel={onClose}
        onSubmit={() => void save.run()}
      >
        <input
          type="hidden"
          name="username"
          autocomplete="username"
          value={session.value?.name ?? "owner"}
        />
        <TextField
          label="New password"
          type="password"
          autocomplete="new-password"
          minLength={10}
          required
          autofocus
          hint="At least 10 characters. Every other session is signed out."
          wrong={save.error?.field("password")}
          value={password.value}
          onInput={(value) => password.value = value}
        />
        <TextField
          label="Once more"
          type="password"
          autocomplete="new-password"
          required
          wrong={differs ? "The two differ" : undefined}
          value={again.value}
          onInput={(value) => again.value = value}
        />
      </Form>
    </Dialog>
  );
}
