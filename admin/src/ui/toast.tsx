import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "./button.tsx";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly more?: string;
  readonly kind: "good" | "bad";
  readonly action?: { readonly text: string; readonly run: () => void };
}

const toasts = signal<readonly Toast[]>([]);
let ids = 0;

/** Says shortly what happened; failures stay longer, and whatever has an action too. */
export function toast(
  text: string,
  { kind = "good", more, action }: {
    readonly kind?: "good" | "bad";
    readonly more?: string;
    readonly action?: Toast["action"];
  } = {},
): void {
  const id = ++ids;
  const made = { id, text, kind, ...more ? { more } : {}, ...action ? { action } : {} };
  toasts.value = [...toasts.value.slice(-4), made];
  setTimeout(() => drop(id), kind === "bad" || action ? 10_000 : 4000);
}

function drop(id: number): void {
  toasts.value = toasts.value.filter((shown) => shown.id !== id);
}

/** Where toasts appear; above dialogs too. */
export function Toasts() {
  const host = useRef<HTMLDivElement>(null);
  const shown = toasts.value;
  useEffect(() => {
    const element = host.current;
    if (element === null || !("showPopover" in element)) return;
    // Shown again each time, so that it stands above a dialog that was opened meanwhile.
    if (element.matches(":popover-open")) element.hidePopover();
    if (shown.length > 0) element.showPopover();
  }, [shown]);
  return (
    <div
      class="toasts"
      ref={host}
      popover="manual"
      role="region"
      aria-label="Notices"
      aria-live="polite"
    >
      {shown.map(({ id, text, more, kind, action }) => (
        <div class={`toast ${kind}`} key={id} role={kind === "bad" ? "alert" : undefined}>
          <div class="grow">
            {text}
            {more !== undefined && <div class="small quiet">{more}</div>}
          </div>
          {action && (
            <Button
              small
              onClick={() => {
                drop(id);
                action.run();
              }}
            >
              {action.text}
            </Button>
          )}
          <Button
            kind="plain"
            small
            icon="x"
            label="Dismiss"
            onClick={() =>
              drop(id)}
          />
        </div>
      ))}
    </div>
  );
}
