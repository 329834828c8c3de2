import { isbot } from "isbot";

/** What a browser says it is, in the few words that are counted. */
export interface UserAgent {
  /** Not a person: a crawler, a monitor, a tool. */
  readonly bot: boolean;
  readonly device: "desktop" | "mobile" | "tablet" | "other";
  readonly browser: string;
  readonly os: string;
}

/** Longest text that is looked at, characters: browsers send less than 300. */
const MAX = 512;
/** Texts whose meaning is kept: looking at one takes some microseconds. */
const KEPT = 1000;

// The first that matches: many pretend to be others as well.
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ["Edge", /\bEdg(?:e|A|iOS)?\//],
  ["Opera", /\bOPR\/|\bOpera/],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Vivaldi", /\bVivaldi\//],
  ["Yandex", /\bYaBrowser\//],
  ["DuckDuckGo", /\bDuckDuckGo\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Chrome|CriOS|Chromium)\//],
  ["Safari", /\bVersion\/[\d.]+.*\bSafari\//],
];
const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ["Windows", /\bWindows\b/],
  ["iOS", /\b(?:iPhone|iPod|iPad)\b/],
  ["Android", /\bAndroid\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["macOS", /\bMac(?:intosh| OS X)\b/],
  ["Linux", /\bLinux\b/],
  ["BSD", /\b(?:Free|Open|Net)BSD\b/],
];

const known = new Map<string, UserAgent>();

/** Reads a `User-Agent` field. Nobody sends none but tools. */
export function readUserAgent(field: string): UserAgent {
  const text = field.slice(0, MAX);
  let agent = known.get(text);
  if (agent === undefined) {
    // Whoever sends a new one each time pushes nobody else's out for long.
    if (known.size >= KEPT) known.clear();
    known.set(text, agent = read(text));
  }
  return agent;
}

/** Whether a request comes from a program rather than a person's browser. */
export function isCrawler(headers: Headers): boolean {
  return readUserAgent(headers.get("user-agent") ?? "").bot;
}

function read(text: string): UserAgent {
  const first = (list: readonly (readonly [string, RegExp])[]) =>
    list.find(([, pattern]) => pattern.test(text))?.[0] ?? "Other";
  return {
    bot: text === "" || isbot(text),
    device: deviceOf(text),
    browser: first(BROWSERS),
    os: first(SYSTEMS),
  };
}

function deviceOf(text: string): UserAgent["device"] {
  if (/\biPad\b|\bTablet\b|\bAndroid\b(?!.*\bMobile\b)/.test(text)) return "tablet";
  if (/\bMobile\b|\biPhone\b|\biPod\b/.test(text)) return "mobile";
  return /\b(?:Windows|Macintosh|Linux|X11|CrOS)\b/.test(text) ? "desktop" : "other";
}
