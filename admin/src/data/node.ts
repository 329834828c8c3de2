import { computed } from "@preact/signals";
import type { Health } from "./shapes.ts";
import { type Query, useQuery } from "./query.ts";
import { session } from "./session.ts";

/** The node's health, looked at every ten seconds; the whole dashboard shares one. */
export function useHealth(): Query<Health> {
  return useQuery<Health>("/api/system/health", { every: 10_000 });
}

/** Whether the session may see the node at all; before the first answer it may not. */
export const maySee = computed(() => Boolean(session.value));

/** What a mode means for who works here; undefined while all is well. */
export function modeWords(
  health: Health | undefined,
): { readonly title: string; readonly text: string; readonly bad: boolean } | undefined {
  switch (health?.mode) {
    case "degraded":
      return {
        title: "Degraded",
        text: "Everything works; what is not needed is put off.",
        bad: false,
      };
    case "read-only":
      return {
        title: "Read-only",
        text: "Visitors are served, but nothing can be stored or deployed. Deleting works.",
        bad: true,
      };
    case "cockpit-only":
      return {
        title: "Cockpit only",
        text: "Apps are closed to visitors; this dashboard works.",
        bad: true,
      };
    case "emergency":
      return { title: "Emergency", text: "Apps are closed and nothing is written.", bad: true };
    default:
      return undefined;
  }
}

/** Why changes are refused now; undefined where they are not. */
export function writesRefused(health: Health | undefined): string | undefined {
  return health?.mode === "read-only" || health?.mode === "emergency"
    ? `The node is in ${health.mode} mode${health.modeReason ? `: ${health.modeReason}` : ""}`
    : undefined;
}
