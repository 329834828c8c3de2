import type { ComponentChildren } from "preact";

/** What a colour stands for. */
export type Tone = "good" | "warn" | "bad" | "info" | "accent" | "none";

/** A state in a word. */
export function Badge(
  { tone = "none", children }: { readonly tone?: Tone; readonly children: ComponentChildren },
) {
  return <span class={tone === "none" ? "badge" : `badge ${tone}`}>{children}</span>;
}

/** A coloured dot; what it says is said in words beside it. */
export function Dot({ tone }: { readonly tone: Tone }) {
  return <span class={`dot ${tone}`} aria-hidden="true" />;
}
