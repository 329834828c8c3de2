import { signal } from "@preact/signals";

/** Where the dashboard is: the path and its query, as signals. */
export const location = {
  path: signal(globalThis.location?.pathname ?? "/"),
  query: signal(new URLSearchParams(globalThis.location?.search ?? "")),
};

/** Whether something unsaved would be lost by leaving; asked before each navigation. */
export const leaveGuard: { ask: (() => boolean | Promise<boolean>) | undefined } = {
  ask: undefined,
};

/** Goes to a page of the dashboard. */
export async function navigate(to: string, { replace = false } = {}): Promise<void> {
  if (leaveGuard.ask !== undefined && !(await leaveGuard.ask())) return;
  leaveGuard.ask = undefined;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  take();
}

/** Changes the query of this page without a new entry in the history. */
export function setQuery(change: Readonly<Record<string, string | undefined>>): void {
  const query = new URLSearchParams(location.query.value);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, "", location.path.value + (text === "" ? "" : `?${text}`));
  location.query.value = query;
}

/** Makes plain links and the browser's own buttons move within the dashboard. */
export function watchLocation(): void {
  addEventListener("popstate", take);
  addEventListener("beforeunload", (event) => {
    if (leaveGuard.ask !== undefined) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.target || link.hasAttribute("download")) return;
    if (link.origin !== globalThis.location.origin || link.pathname.startsWith("/api/")) return;
    if (!link.hasAttribute("href") || link.getAttribute("href")!.startsWith("#")) return;
    event.preventDefault();
    void navigate(link.pathname + link.search);
  });
}

function take(): void {
  const { pathname, search } = globalThis.location;
  const moved = pathname !== location.path.value;
  location.path.value = pathname;
  location.query.value = new URLSearchParams(search);
  if (moved) {
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }
}
