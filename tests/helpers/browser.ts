import { type Browser, chromium, type Page } from "playwright-core";
import axe from "axe-core";
import type { TestNode } from "./node.ts";

// Playwright compiles each function that it sends to a page, only to see that it can be parsed. V8
// is told here, as everywhere, not to compile text, so that this looks like a function that cannot.
globalThis.Function = new Proxy(globalThis.Function, { construct: () => () => {} });

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** What a skipped test says. */
export const NO_BROWSER = "needs Chromium: apt-get install chromium";

/** Where Chromium is; undefined where it is not installed. */
export function chromiumPath(): string | undefined {
  return PLACES.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** Starts Chromium with an empty profile. */
export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: chromiumPath()!,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** The dashboard's address of a node; browsers find `*.localhost` without DNS. */
export const adminUrl = (node: Pick<TestNode, "port">, path = "/"): string =>
  `http://admin.localhost:${node.port}${path}`;

/** What a page complained of, as it comes; refused markup and faults of scripts. */
export function complaints(page: Page): string[] {
  const seen: string[] = [];
  page.on("pageerror", (error) => seen.push(String(error)));
  page.on("console", (message) => {
    // A failed request is the API's business, and the page's to show.
    if (message.type() !== "error" || /Failed to load resource/.test(message.text())) return;
    seen.push(message.text());
  });
  return seen;
}

/** Opens the dashboard by an owner link. */
export async function signIn(page: Page, node: TestNode, token = node.ownerToken): Promise<void> {
  await page.goto(adminUrl(node, `/welcome#${token}`));
  await page.waitForSelector(".shell", { timeout: 30_000 });
}

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core finds serious or critical, a line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Not through a script element: the dashboard's policy would refuse it, as it should.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: unknown): Promise<{ violations: Finding[] }> };
    };
    return (await axe.run({ resultTypes: ["violations"] })).violations;
  });
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) =>
        `${id}: ${html.slice(0, 160)} ${failureSummary.split("\n")[1] ?? ""}`
      )
    );
}
