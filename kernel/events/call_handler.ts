import type { Deliver, DeliveryCall, DeliveryOutcome, Timers } from "./shapes.ts";

/** What a handler gets beyond its own time before it is taken for lost, ms. */
const GRACE_MS = 5000;

/** What {@link callHandler} works with. */
export interface CallDeps {
  readonly deliver: Deliver;
  readonly timers: Timers;
  readonly onError: (error: unknown) => void;
}

/** Calls a handler; always answers, because a lane waits for it. */
export async function callHandler(
  deps: CallDeps,
  { appId, call }: { readonly appId: string; readonly call: DeliveryCall },
): Promise<DeliveryOutcome> {
  const late = Promise.withResolvers<DeliveryOutcome>();
  const cancel = deps.timers.after(call.timeoutMs + GRACE_MS, () => {
    late.resolve({ ok: false, code: "TIMEOUT", message: "the handler never answered" });
  });
  try {
    return await Promise.race([deps.deliver(appId, call), late.promise]);
  } catch (error) {
    deps.onError(error);
    return { ok: false, code: "INTERNAL", message: "the handler could not be called" };
  } finally {
    cancel();
  }
}
