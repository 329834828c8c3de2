import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { connection } from "./data/api.ts";
import { useLive } from "./data/live.ts";
import { location } from "./data/location.ts";
import { modeWords, useHealth } from "./data/node.ts";
import { signOut } from "./data/session.ts";
import { setTheme, theme } from "./data/theme.ts";
import { useAction } from "./data/action.ts";
import { hrefOf, pageAt, type PageEntry, type PageProps, PAGES } from "./pages.ts";
import { Dot } from "./ui/badge.tsx";
import { Button } from "./ui/button.tsx";
import { DropZone } from "./ui/drop.tsx";
import { ErrorBoundary } from "./ui/error_boundary.tsx";
import { Icon } from "./ui/icon.tsx";
import { PageHead } from "./ui/layout.tsx";
import { Mark } from "./ui/mark.tsx";
import { HelpDialog, openHelp, openPalette, Palette, useShortcuts } from "./ui/palette.tsx";
import { Empty, Loading } from "./ui/state.tsx";
import { FirstRun } from "./sign_in/first_run.tsx";

/** Navigation, banners and the page. */
export function Shell() {
  const open = useSignal(false);
  const path = location.path.value;
  useShortcuts();
  useLive();
  useEffect(() => {
    open.value = false;
  }, [path]);
  return (
    <>
      <a class="skip" href="#main" onClick={focusMain}>Skip to the page</a>
      <div class="shell">
        <div class="top">
          <Button
            kind="plain"
            icon="menu"
            label="Open the navigation"
            onClick={() => open.value = true}
          />
          <a class="brand" href="/">
            <Mark /> <span>Fazt</span>
          </a>
          <Button kind="plain" icon="search" label="Search and commands" onClick={openPalette} />
        </div>
        {open.value && (
          <button
            type="button"
            class="side-veil"
            aria-label="Close the navigation"
            onClick={() => open.value = false}
          />
        )}
        <Side open={open.value} />
        <div>
          <Banners />
          <main class="main" id="main" tabIndex={-1}>
            <ErrorBoundary page={path}>
              <CurrentPage path={path} />
            </ErrorBoundary>
          </main>
        </div>
      </div>
      <DropZone />
      <Palette />
      <HelpDialog />
    </>
  );
}

function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function CurrentPage({ path }: { readonly path: string }) {
  const found = useMemo(() => pageAt(path), [path]);
  if (found === undefined) {
    return (
      <>
        <PageHead title="There is nothing here" />
        <Empty
          icon="search"
          title={path.slice(0, 100)}
          actions={<Button icon="search" onClick={openPalette}>Search</Button>}
        >
          The dashboard has no such page.
        </Empty>
      </>
    );
  }
  return <LazyPage entry={found.page} params={found.params} />;
}

const loaded = new Map<PageEntry, ComponentType<PageProps>>();

function LazyPage(
  { entry, params }: { readonly entry: PageEntry; readonly params: PageProps["params"] },
) {
  const ready = useSignal(loaded.get(entry));
  const failed = useSignal<Error | undefined>(undefined);
  useEffect(() => {
    ready.value = loaded.get(entry);
    failed.value = undefined;
    if (ready.value !== undefined) return;
    let wanted = true;
    entry.load().then(({ default: page }) => {
      loaded.set(entry, page);
      if (wanted) ready.value = page;
    }).catch((error) => {
      if (wanted) failed.value = error;
    });
    return () => {
      wanted = false;
    };
  }, [entry]);
  // Thrown while rendering, so that the boundary shows it. A node that was upgraded has no old files.
  if (failed.value !== undefined) throw new Error("It could not be loaded. Reload the dashboard.");
  const Page = loaded.get(entry);
  // Subscribes to its coming.
  void ready.value;
  return Page ? <Page params={params} /> : (
    <>
      <div class="progress" />
      <Loading label={entry.title} />
    </>
  );
}

function Side({ open }: { readonly open: boolean }) {
  const path = location.path.value;
  const current = pageAt(path)?.page;
  const groups = [...new Set(PAGES.flatMap(({ group }) => group === undefined ? [] : [group]))];
  const health = useHealth().data;
  const leave = useAction(signOut);
  const isCurrent = (page: PageEntry) =>
    page === current || (page.path === "/apps" && current?.path.startsWith("/apps/"));
  return (
    <div class={open ? "side open" : "side"}>
      <a class="brand" href="/">
        <Mark />
        <span>
          Fazt
          <span class="host">{health?.domain ?? globalThis.location.hostname}</span>
        </span>
      </a>
      <button type="button" class="search-open" onClick={openPalette}>
        <Icon name="search" />
        <span>Search or do…</span>
        <kbd aria-hidden="true">{isApple ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      <nav class="nav" aria-label="Pages">
        {groups.map((group) => (
          <div key={group}>
            {group !== "" && <h2>{group}</h2>}
            <ul>
              {PAGES.filter((page) => page.group === group).map((page) => (
                <li key={page.path}>
                  <a href={hrefOf(page)} aria-current={isCurrent(page) ? "page" : undefined}>
                    <Icon name={page.icon} /> {page.title}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div class="side-foot">
        <NodeState />
        <ThemeButton />
        <Button kind="plain" small icon="help" label="Help and shortcuts" onClick={openHelp} />
        <Button
          kind="plain"
          small
          icon="logout"
          label="Sign out"
          busy={leave.busy}
          onClick={() => void leave.run()}
        />
      </div>
    </div>
  );
}

const isApple = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

function NodeState() {
  const health = useHealth();
  const silent = connection.value === "silent";
  const mode = health.data?.mode;
  const tone = silent
    ? "bad"
    : mode === undefined
    ? "none"
    : mode === "normal"
    ? "good"
    : mode === "degraded"
    ? "warn"
    : "bad";
  return (
    <span class="state" role="status">
      <Dot tone={tone} />
      {silent ? "no answer" : mode ?? "…"}
      {health.data && <span class="quiet">{health.data.version}</span>}
    </span>
  );
}

function ThemeButton() {
  const next = { auto: "light", light: "dark", dark: "auto" } as const;
  const names = { auto: "as the machine", light: "light", dark: "dark" } as const;
  const now = theme.value;
  return (
    <Button
      kind="plain"
      small
      icon={now === "auto" ? "auto" : now === "light" ? "sun" : "moon"}
      label={`Theme: ${names[now]}; change to ${names[next[now]]}`}
      onClick={() => setTheme(next[now])}
    />
  );
}

function Banners() {
  const health = useHealth();
  const mode = modeWords(health.data);
  return (
    <>
      {connection.value === "silent" && (
        <div class="banner bad" role="alert">
          <strong>The node does not answer.</strong>
          <span>What you see may be out of date; the dashboard goes on trying.</span>
          <Button small icon="refresh" onClick={() => void health.refresh()}>Try now</Button>
        </div>
      )}
      {mode && (
        <div class={mode.bad ? "banner bad" : "banner"} role="status">
          <strong>{mode.title}.</strong>
          <span>{mode.text}</span>
          {health.data?.modeReason && <span>Why: {health.data.modeReason}.</span>}
          <a href="/system/limits">Limits</a>
        </div>
      )}
      <FirstRun />
    </>
  );
}
