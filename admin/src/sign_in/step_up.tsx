import { useSignal } from "@preact/signals";
import { useAction } from "../data/action.ts";
import { call } from "../data/api.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Form, TextField } from "../ui/form.tsx";
import { ErrorNote } from "../ui/state.tsx";
import { passkeyAnswer, said } from "./sign_in.tsx";

/** Asks for another proof before something dangerous; whatever was asked for goes on after it. */
export function StepUp(
  { methods, answer }: {
    readonly methods: readonly string[];
    readonly answer: (proved: boolean) => void;
  },
) {
  const way = useSignal(methods.includes("password") ? "password" : "code");
  const secret = useSignal("");
  const prove = useAction(async () => {
    await call("POST", "/api/step-up", { body: { [way.value]: secret.value.trim() } });
    answer(true);
  }, { quiet: true });
  const passkey = useAction(async () => {
    const options = await call("POST", "/api/step-up/passkey/options", { body: {} });
    await call("POST", "/api/step-up", { body: { passkey: await passkeyAnswer(options) } });
    answer(true);
  }, { quiet: true });
  const typed = methods.includes("password") || methods.includes("totp");
  return (
    <Dialog title="Is it you?" onClose={() => answer(false)}>
      <div class="stack">
        <p>This can do harm, so the node asks again who you are.</p>
        {typed && (
          <Form
            submit="Go on"
            busy={prove.busy}
            error={prove.error && said(prove.error)}
            onCancel={() => answer(false)}
            onSubmit={() => void prove.run()}
          >
            <TextField
              key={way.value}
              label={way.value === "password" ? "Password" : "Code from your authenticator"}
              type={way.value === "password" ? "password" : "text"}
              autocomplete={way.value === "password" ? "current-password" : "one-time-code"}
              required
              autofocus
              value={secret.value}
              onInput={(value) => secret.value = value}
            />
            {methods.includes("password") && methods.includes("totp") && (
              <Button
                kind="plain"
                small
                onClick={() => {
                  way.value = way.value === "password" ? "code" : "password";
                  secret.value = "";
                }}
              >
                {way.value === "password" ? "Use a code instead" : "Use the password instead"}
              </Button>
            )}
          </Form>
        )}
        {methods.includes("passkey") && (
          <Button
            wide
            icon="fingerprint"
            busy={passkey.busy}
            onClick={() => void passkey.run()}
          >
            Use a passkey
          </Button>
        )}
        {passkey.error && <ErrorNote error={said(passkey.error)} />}
      </div>
    </Dialog>
  );
}
