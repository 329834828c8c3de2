import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { Button } from "../../ui/button.tsx";
import { Copyable, CopyButton } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Form, TextField } from "../../ui/form.tsx";
import { Qr } from "../../ui/qr.tsx";
import { Callout, ErrorNote, Loading } from "../../ui/state.tsx";

interface Totp {
  readonly secret: string;
  readonly uri: string;
}

/** Sets an authenticator up: scan, then prove that it works. */
export function TotpDialog(
  { onClose, onDone }: {
    readonly onClose: () => void;
    readonly onDone: (recoveryCodes: readonly string[]) => void;
  },
) {
  const totp = useSignal<Totp | undefined>(undefined);
  const code = useSignal("");
  const begin = useAction(async () => {
    totp.value = await call<Totp>("POST", "/api/owner/totp", { body: {} });
  }, { quiet: true });
  const confirm = useAction(async () => {
    const answer = await call<{ recoveryCodes: string[] }>("POST", "/api/owner/totp/confirm", {
      body: { code: code.value.replace(/\s/g, "") },
    });
    onDone(answer.recoveryCodes);
  }, { quiet: true });
  useEffect(() => void begin.run(), []);
  return (
    <Dialog title="Set up codes" onClose={onClose}>
      {begin.error
        ? <ErrorNote error={begin.error} retry={() => void begin.run()} />
        : totp.value === undefined
        ? <Loading />
        : (
          <Form
            submit="Turn on"
            busy={confirm.busy}
            error={confirm.error}
            onCancel={onClose}
            onSubmit={() => void confirm.run()}
          >
            <p>Scan this with your authenticator, or type the secret into it.</p>
            <div class="row">
              <Qr text={totp.value.uri} label="QR code for your authenticator" />
              <div class="grow">
                <Copyable text={totp.value.secret} />
              </div>
            </div>
            <TextField
              label="The code it shows"
              mono
              required
              autofocus
              inputMode="numeric"
              autocomplete="one-time-code"
              value={code.value}
              onInput={(value) => code.value = value}
            />
          </Form>
        )}
    </Dialog>
  );
}

/** Recovery codes, shown this once. */
export function RecoveryCodes(
  { codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void },
) {
  const text = codes.join("\n");
  return (
    <Dialog
      title="Recovery codes"
      onClose={onClose}
      footer={<Button kind="primary" onClick={onClose}>I have kept them</Button>}
    >
      <div class="stack">
        <Callout kind="warn" title="They are shown only now">
          Each works once instead of a code, should you lose your authenticator. Keep them where you
          keep what matters.
        </Callout>
        <pre class="block-code" tabIndex={0} aria-label="Recovery codes">{text}</pre>
        <div class="row">
          <CopyButton text={text} label="Copy the recovery codes" />
        </div>
      </div>
    </Dialog>
  );
}
