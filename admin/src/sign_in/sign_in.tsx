import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAction } from "../data/action.ts";
import { ApiError, call } from "../data/api.ts";
import { useQuery } from "../data/query.ts";
import { signedIn, type SignInWays } from "../data/session.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/layout.tsx";
import { Command } from "../ui/copy.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Form, TextField } from "../ui/form.tsx";
import { Callout, ErrorNote } from "../ui/state.tsx";
import { Mark } from "../ui/mark.tsx";

/** The gate. */
export function SignIn({ linkRefused }: { readonly linkRefused: boolean }) {
  useEffect(() => {
    document.title = "Sign in · Fazt";
  }, []);
  return (
    <main class="gate">
      <div>
        <h1 class="brand">
          <Mark /> Sign in to Fazt
        </h1>
        {linkRefused && (
          <Callout kind="warn" title="This link does not work any more">
            It works once and for 30 minutes. Make a new one as described below.
          </Callout>
        )}
        <Ways />
      </div>
    </main>
  );
}

/** The session ended while a page was open: sign in without losing it. */
export function SignInAgain() {
  return (
    <Dialog title="You are signed out" onClose={() => globalThis.location.reload()}>
      <div class="stack">
        <p>Your session ended. Sign in to go on where you were.</p>
        <Ways />
      </div>
    </Dialog>
  );
}

function Ways() {
  const ways = useQuery<SignInWays>("/api/sign-in");
  const known = ways.data;
  return (
    <>
      {known?.password && <PasswordCard />}
      {known?.passkeys && <PasskeyButton />}
      <Card title={known?.password || known?.passkeys ? "Locked out?" : "Sign in with a link"}>
        <div class="stack">
          <p>
            On the machine that runs this node, this prints a link that signs you in once:
          </p>
          <Command text="fazt server set-credentials" />
          <p class="small quiet">
            From a source checkout: npx -y deno@2.9.6 task fazt server set-credentials
          </p>
        </div>
      </Card>
    </>
  );
}

function PasswordCard() {
  const name = useSignal("");
  const password = useSignal("");
  const code = useSignal("");
  const needsCode = useSignal(false);
  const signIn = useAction(async () => {
    try {
      await call("POST", "/api/session", {
        body: {
          ...name.value ? { name: name.value } : {},
          password: password.value,
          ...needsCode.value ? { code: code.value.replace(/\s/g, "") } : {},
        },
      });
    } catch (error) {
      if (error instanceof ApiError && error.code === "CODE_REQUIRED" && !needsCode.value) {
        needsCode.value = true;
        return;
      }
      throw error;
    }
    await signedIn();
  }, { quiet: true });
  const { error } = signIn;
  return (
    <Card>
      <Form submit="Sign in" busy={signIn.busy} onSubmit={() => void signIn.run()}>
        {/* Password managers keep a name beside a password. */}
        <TextField
          label="Name"
          name="username"
          autocomplete="username"
          placeholder="owner"
          value={name.value}
          onInput={(value) => name.value = value}
        />
        <TextField
          label="Password"
          type="password"
          name="password"
          autocomplete="current-password"
          required
          autofocus
          value={password.value}
          onInput={(value) => password.value = value}
        />
        {needsCode.value && (
          <TextField
            label="Code"
            hint="Six digits from your authenticator, or a recovery code"
            mono
            required
            autofocus
            name="code"
            inputMode="text"
            autocomplete="one-time-code"
            value={code.value}
            onInput={(value) => code.value = value}
          />
        )}
        {error && <ErrorNote error={said(error)} />}
      </Form>
    </Card>
  );
}

/** What a refusal says to who signs in. */
export function said(error: ApiError): ApiError {
  const { retryAfter } = (error.details ?? {}) as { retryAfter?: number };
  if (error.code === "RATE_LIMITED" && retryAfter !== undefined) {
    return new ApiError(
      429,
      error.code,
      `Too many attempts: try again in ${Math.ceil(retryAfter)} s`,
    );
  }
  if (error.status === 401) {
    return new ApiError(
      401,
      error.code,
      "That did not match",
      "Check the name, the password and the code.",
    );
  }
  return error;
}

function PasskeyButton() {
  const signIn = useAction(async () => {
    const options = await call("POST", "/api/session/passkey/options", { body: {} });
    const response = await passkeyAnswer(options);
    await call("POST", "/api/session/passkey", { body: { response } });
    await signedIn();
  }, { quiet: true });
  return (
    <>
      <Button wide icon="fingerprint" busy={signIn.busy} onClick={() => void signIn.run()}>
        Sign in with a passkey
      </Button>
      {signIn.error && <ErrorNote error={said(signIn.error)} />}
    </>
  );
}

/** Asks the browser for a passkey. */
export async function passkeyAnswer(optionsJSON: unknown): Promise<unknown> {
  const { startAuthentication } = await import("@simplewebauthn/browser");
  type Options = Parameters<typeof startAuthentication>[0]["optionsJSON"];
  return await startAuthentication({ optionsJSON: optionsJSON as Options });
}
