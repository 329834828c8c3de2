import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { ApiError, call } from "./data/api.ts";
import { asError } from "./data/action.ts";
import { navigate } from "./data/location.ts";
import { expired, loadSession, session, stepUp } from "./data/session.ts";
import { Shell } from "./shell.tsx";
import { SignIn, SignInAgain } from "./sign_in/sign_in.tsx";
import { StepUp } from "./sign_in/step_up.tsx";
import { ConfirmHost } from "./ui/confirm.tsx";
import { ErrorNote } from "./ui/state.tsx";
import { Toasts } from "./ui/toast.tsx";

/** Everything: who is not signed in sees the gate, who is sees the dashboard. */
export function Root() {
  const failed = useSignal<ApiError | undefined>(undefined);
  const why = useSignal<ApiError | undefined>(undefined);
  const start = async () => {
    failed.value = undefined;
    try {
      await welcome().catch((thrown) => {
        const error = asError(thrown);
        if (error.status !== 401) throw error;
        why.value = error;
      });
      await loadSession();
    } catch (thrown) {
      const error = asError(thrown);
      if (error.status === 401 || error.status === 403) session.value = null;
      else failed.value = error;
    }
  };
  useEffect(() => void start(), []);
  const now = session.value;
  return (
    <>
      {now ? <Shell /> : failed.value
        ? (
          <div class="gate">
            <div>
              <ErrorNote
                error={failed.value}
                title="The node does not answer as it should"
                retry={() => void start()}
              />
            </div>
          </div>
        )
        : now === null && <SignIn linkRefused={why.value !== undefined} />}
      {now && expired.value && <SignInAgain />}
      {stepUp.value && <StepUp {...stepUp.value} />}
      <ConfirmHost />
      <Toasts />
    </>
  );
}

/** Trades the token of an owner link for a session; it never stays in the address. */
async function welcome(): Promise<void> {
  if (globalThis.location.pathname !== "/welcome") return;
  const token = globalThis.location.hash.slice(1);
  await navigate("/", { replace: true });
  if (token !== "") await call("POST", "/api/session", { body: { token } });
}
