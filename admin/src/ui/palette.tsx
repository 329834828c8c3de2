import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { navigate } from "../data/location.ts";
import { useQuery } from "../data/query.ts";
import { signOut } from "../data/session.ts";
import type { App } from "../data/shapes.ts";
import { setTheme } from "../data/theme.ts";
import { fuzzyFilter } from "../lib/fuzzy.ts";
import { path } from "../lib/route.ts";
import { hrefOf, PAGES } from "../pages.ts";
import { Dialog } from "./dialog.tsx";
import { chooseAndDeploy } from "./drop.tsx";
import { Icon, type IconName } from "./icon.tsx";

const paletteOpen = signal(false);
const helpOpen = signal(false);

/** Opens the command palette. */
export const openPalette = (): void => {
  paletteOpen.value = true;
};
/** Opens the list of shortcuts. */
export const openHelp = (): void => {
  helpOpen.value = true;
};

/** Something the palette can do. */
interface Item {
  readonly group: "Pages" | "Apps" | "Actions";
  readonly text: string;
  readonly words: string;
  readonly icon: IconName;
  readonly hint?: string;
  readonly run: () => void;
}

const ACTIONS: readonly Item[] = [
  action("Deploy a folder", "upload", () => chooseAndDeploy("folder"), "new app publish drop"),
  action("Deploy a zip", "archive", () => chooseAndDeploy("zip"), "new app publish upload"),
  action("Create an empty app", "plus", () => void navigate("/apps?new=1"), "new"),
  action(
    "Install an app from git",
    "git",
    () => void navigate("/apps?install=1"),
    "github clone marketplace",
  ),
  action("Make a backup", "archive", () => void navigate("/backups"), "copy"),
  action("Make an API key", "key", () => void navigate("/keys"), "token"),
  action("Theme: light", "sun", () => setTheme("light"), "colour"),
  action("Theme: dark", "moon", () => setTheme("dark"), "colour night"),
  action("Theme: as the machine", "auto", () => setTheme("auto"), "colour system"),
  action("Keyboard shortcuts", "help", openHelp, "help"),
  action("Sign out", "logout", () => void signOut(), "leave"),
];

function action(text: string, icon: IconName, run: () => void, words: string): Item {
  return { group: "Actions", text, icon, run, words };
}

/** Finds pages, apps and actions by a few letters. */
export function Palette() {
  return paletteOpen.value ? <OpenPalette onClose={() => paletteOpen.value = false} /> : null;
}

function OpenPalette({ onClose }: { readonly onClose: () => void }) {
  const query = useSignal("");
  const chosen = useSignal(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const apps = useQuery<readonly App[]>("/api/apps").data ?? [];
  useEffect(() => {
    const before = document.activeElement;
    dialog.current!.showModal();
    dialog.current!.querySelector("input")!.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const items: Item[] = [
    ...PAGES.filter(({ group }) => group !== undefined).map((page): Item => ({
      group: "Pages",
      text: page.title,
      words: page.words ?? "",
      icon: page.icon,
      ...page.key ? { hint: `g ${page.key}` } : {},
      run: () => void navigate(hrefOf(page)),
    })),
    ...apps.map((app): Item => ({
      group: "Apps",
      text: app.name,
      words: `${app.title ?? ""} ${app.id}`,
      icon: "apps",
      run: () => void navigate(path`/apps/${app.name}`),
    })),
    ...ACTIONS,
  ];
  const found = query.value.trim() === ""
    ? items.filter(({ group }) => group !== "Apps").concat(
      items.filter(({ group }) => group === "Apps").slice(0, 8),
    )
    : fuzzyFilter(query.value, items, ({ text, words }) => `${text} ${words}`).slice(0, 40);
  const at = Math.min(chosen.value, Math.max(0, found.length - 1));
  const run = (item: Item | undefined) => {
    if (item === undefined) return;
    onClose();
    // After the dialog is gone, so that what is done next may take the focus.
    queueMicrotask(item.run);
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      chosen.value = (at + step + found.length) % Math.max(1, found.length);
      document.getElementById(`palette-${chosen.value}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[at]);
    }
  };
  return (
    <dialog
      class="dialog palette"
      ref={dialog}
      aria-label="Search and commands"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <input
        class="input"
        type="text"
        role="combobox"
        aria-label="Search pages, apps and actions"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length > 0 ? `palette-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder="Search pages, apps and actions"
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
          chosen.value = 0;
        }}
        onKeyDown={move}
      />
      <ul id="palette-list" role="listbox" aria-label="Results">
        {found.map((item, i) => (
          <li
            key={`${item.group} ${item.text}`}
            id={`palette-${i}`}
            role="option"
            aria-selected={i === at}
            onMouseMove={() => chosen.value = i}
            onClick={() => run(item)}
          >
            <Icon name={item.icon} />
            <span class="grow">{item.text}</span>
            <span class="small quiet">{item.hint ? <kbd>{item.hint}</kbd> : item.group}</span>
          </li>
        ))}
        {found.length === 0 && (
          <li class="group" role="option" aria-selected="false" aria-disabled="true">
            Nothing fits
          </li>
        )}
      </ul>
    </dialog>
  );
}

/** Keys that work everywhere but in fields. */
export function useShortcuts(): void {
  useEffect(() => {
    let waiting = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        paletteOpen.value = !paletteOpen.value;
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement;
      if (target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
      if (waiting) {
        waiting = false;
        clearTimeout(timer);
        const page = PAGES.find(({ key }) => key === event.key);
        if (page) {
          event.preventDefault();
          void navigate(hrefOf(page));
        }
        return;
      }
      if (event.key === "?") openHelp();
      else if (event.key === "g") {
        waiting = true;
        timer = setTimeout(() => waiting = false, 1500);
      } else if (event.key === "/") {
        const search = document.querySelector<HTMLInputElement>("main input[type=search]");
        if (search) search.focus();
        else openPalette();
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => {
      clearTimeout(timer);
      removeEventListener("keydown", press);
    };
  }, []);
}

/** What the keyboard can do. */
export function HelpDialog() {
  if (!helpOpen.value) return null;
  const keys: readonly (readonly [string, string])[] = [
    ["Ctrl K or ⌘K", "Search pages, apps and actions"],
    ["/", "Search on this page"],
    ["?", "This help"],
    ["Esc", "Close what is open"],
    ...PAGES.flatMap((page) => page.key ? [[`g ${page.key}`, page.title] as const] : []),
  ];
  return (
    <Dialog title="Keyboard shortcuts" onClose={() => helpOpen.value = false}>
      <dl class="facts">
        {keys.map(([key, text]) => [
          <dt key={`${key}k`}>
            <kbd>{key}</kbd>
          </dt>,
          <dd key={key}>{text}</dd>,
        ])}
      </dl>
      <p class="small quiet">
        Drag a folder or a zip onto any page to deploy it. Everything here also works from the
        command line: <code>fazt help</code>
      </p>
    </Dialog>
  );
}
