import type { ComponentType } from "preact";
import { matchRoute, type Params } from "./lib/route.ts";
import type { IconName } from "./ui/icon.tsx";

/** What a page is given. */
export interface PageProps {
  /** Of the route, decoded. */
  readonly params: Params;
}

/** A page of the dashboard. */
export interface PageEntry {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  /** Heading in the navigation; absent: reached from other pages only. */
  readonly group?: string;
  /** After `g` on the keyboard. */
  readonly key?: string;
  /** What else the command palette finds it by. */
  readonly words?: string;
  readonly load: () => Promise<{ readonly default: ComponentType<PageProps> }>;
}

/** Every page; the navigation, the palette, the shortcuts and the tests read this table. */
export const PAGES: readonly PageEntry[] = [
  {
    path: "/",
    title: "Home",
    icon: "home",
    group: "",
    key: "h",
    words: "health status overview",
    load: () => import("./pages/home/page.tsx"),
  },
  {
    path: "/apps",
    title: "Apps",
    icon: "apps",
    group: "",
    key: "a",
    words: "deploy create install sites",
    load: () => import("./pages/apps/page.tsx"),
  },
  {
    path: "/market/:tab?",
    title: "Marketplace",
    icon: "shop",
    group: "",
    key: "m",
    words: "install git store",
    load: () => import("./pages/market/page.tsx"),
  },
  {
    path: "/analytics",
    title: "Analytics",
    icon: "chart",
    group: "Traffic",
    key: "n",
    words: "visitors views referrers latency",
    load: () => import("./pages/analytics/page.tsx"),
  },
  {
    path: "/logs",
    title: "Logs",
    icon: "terminal",
    group: "Traffic",
    key: "l",
    words: "console errors",
    load: () => import("./pages/logs/page.tsx"),
  },
  {
    path: "/activity",
    title: "Activity",
    icon: "list",
    group: "Traffic",
    key: "y",
    words: "audit history who",
    load: () => import("./pages/activity/page.tsx"),
  },
  {
    path: "/events/:tab?",
    title: "Events",
    icon: "bolt",
    group: "Traffic",
    key: "e",
    words: "bus deliveries emit",
    load: () => import("./pages/events/page.tsx"),
  },
  {
    path: "/egress/:tab?",
    title: "Egress",
    icon: "out",
    group: "Traffic",
    key: "o",
    words: "network outgoing requests allow",
    load: () => import("./pages/egress/page.tsx"),
  },
  {
    path: "/addresses/:tab?",
    title: "Addresses",
    icon: "globe",
    group: "Access",
    key: "d",
    words: "domains aliases certificates redirects dns tls",
    load: () => import("./pages/addresses/page.tsx"),
  },
  {
    path: "/keys",
    title: "Keys",
    icon: "key",
    group: "Access",
    key: "k",
    words: "tokens api credentials",
    load: () => import("./pages/keys/page.tsx"),
  },
  {
    path: "/users",
    title: "Users",
    icon: "user",
    group: "Access",
    key: "u",
    words: "people erase export gdpr",
    load: () => import("./pages/users/page.tsx"),
  },
  {
    path: "/peers",
    title: "Peers",
    icon: "peers",
    group: "Access",
    key: "p",
    words: "nodes remote",
    load: () => import("./pages/peers/page.tsx"),
  },
  {
    path: "/account",
    title: "Sign-in",
    icon: "shield",
    group: "Access",
    key: "i",
    words: "password totp passkey sessions security account",
    load: () => import("./pages/account/page.tsx"),
  },
  {
    path: "/backups",
    title: "Backups",
    icon: "archive",
    group: "Node",
    key: "b",
    words: "copies restore verify",
    load: () => import("./pages/backups/page.tsx"),
  },
  {
    path: "/settings",
    title: "Settings",
    icon: "gear",
    group: "Node",
    key: "s",
    words: "config configuration",
    load: () => import("./pages/settings/page.tsx"),
  },
  {
    path: "/system/:tab?",
    title: "System",
    icon: "chip",
    group: "Node",
    key: "t",
    words: "limits cache database cells upgrade sql metrics memory",
    load: () => import("./pages/system/page.tsx"),
  },
  {
    path: "/api-explorer",
    title: "API",
    icon: "code",
    group: "Node",
    key: "x",
    words: "openapi rest explorer",
    load: () => import("./pages/explorer/page.tsx"),
  },
  {
    path: "/apps/:ref/:tab?",
    title: "App",
    icon: "apps",
    load: () => import("./pages/app/page.tsx"),
  },
];

/** The page at a path. */
export function pageAt(
  path: string,
): { readonly page: PageEntry; readonly params: Params } | undefined {
  for (const page of PAGES) {
    const params = matchRoute(page.path, path);
    if (params !== undefined) return { page, params };
  }
  return undefined;
}

/** Where the navigation goes: the path without its parameters. */
export function hrefOf(page: PageEntry): string {
  const fixed = page.path.split("/").filter((part) => !part.startsWith(":")).join("/");
  return fixed === "" ? "/" : fixed;
}
