import { signal } from "@preact/signals";

/** Light, dark, or as the machine says. */
export type Theme = "auto" | "light" | "dark";

const KEY = "fazt.theme";

/** The theme in use; kept on this device only. */
export const theme = signal<Theme>(stored());

/** Shows another theme and keeps it. */
export function setTheme(next: Theme): void {
  theme.value = next;
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch { /* a browser that keeps nothing: for this page only */ }
}

function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY);
    return text === "light" || text === "dark" ? text : "auto";
  } catch {
    return "auto";
  }
}
