// The dashboard in a real browser, as a person uses it.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { hrefOf, PAGES } from "../../admin/src/pages.ts";
import { api, deploy, folderOf, startNode, type TestNode, until, visit } from "../helpers/mod.ts";
import {
  adminUrl,
  chromiumPath,
  complaints,
  NO_BROWSER,
  seriousFindings,
  signIn,
  startBrowser,
} from "../helpers/browser.ts";

/** Set to a folder to keep a picture of every page. */
const PICTURES = Deno.env.get("FAZT_SCREENSHOTS");
const HAS_BROWSER = chromiumPath() !== undefined;
if (!HAS_BROWSER) console.log(`dashboard in a browser: ${NO_BROWSER}`);

/** What would be noticed if it ever became markup or code. */
const MARKUP = `"><img src=x onerror="window.harmed=1"><script>window.harmed=2</script>`;
const HOSTILE = {
  "app.json": JSON.stringify({
    name: "hostile",
    title: `T ${MARKUP}`.slice(0, 190),
    description: `D ${MARKUP}`.slice(0, 190),
    permissions: ["storage:kv", "storage:ds"],
    env: [{ name: "A", description: MARKUP, default: MARKUP }],
  }),
  "index.html": MARKUP,
  '"><img src=x onerror=window.harmed=3>.html': MARKUP,
  "javascript:window.harmed=4.md": MARKUP,
  "api/main.js": `export default async (request) => {
    console.log(${JSON.stringify(MARKUP)});
    await fazt.storage.kv.set(${JSON.stringify(MARKUP)}, ${JSON.stringify(MARKUP)});
    await fazt.storage.ds.insert("javascript_alert", { text: ${JSON.stringify(MARKUP)} });
    throw new Error(${JSON.stringify(MARKUP)});
  }`,
};

Deno.test({
  name: "the dashboard in a browser",
  ignore: !HAS_BROWSER,
  fn: async (t) => {
    await using node = await startNode();
    const browser = await startBrowser();
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
    const page = await context.newPage();
    // Generous: the machine may be busy with other tests.
    page.setDefaultTimeout(60_000);
    const wrong = complaints(page);
    const button = (name: string | RegExp, where = "main") =>
      page.locator(where).getByRole("button", { name }).first();
    const toast = (text: string | RegExp) => page.locator(".toasts").getByText(text).waitFor();
    const go = async (path: string) => {
      await page.goto(adminUrl(node, path));
      await page.waitForSelector("main h1");
    };
    try {
      await t.step("an owner link signs in once and leaves no trace in the address", async () => {
        await signIn(page, node);
        assert.equal(page.url(), adminUrl(node));
        const other = await browser.newContext();
        const stranger = await other.newPage();
        await stranger.goto(adminUrl(node, `/welcome#${node.ownerToken}`));
        await stranger.getByText("This link does not work any more").waitFor();
        await stranger.getByText("fazt server set-credentials", { exact: true }).waitFor();
        assert.deepEqual(await seriousFindings(stranger), []);
        await other.close();
      });

      await t.step("a dropped folder is deployed, without what is never shipped", async () => {
        const folder = await folderOf({
          "index.html": "<h1>first</h1>",
          "css/site.css": "h1 {}",
          ".env": "SECRET=1",
          "node_modules/x/index.js": "x",
          "api/main.js": `export default (r) => { console.log("saw", r.url); return {a: 1}; }`,
        });
        await drop(page, folder);
        const name = page.getByLabel("Name", { exact: true });
        await name.fill("dropped");
        await page.locator("dialog").getByText("1 file left out").waitFor();
        await page.locator("dialog").getByRole("button", { name: "Deploy" }).click();
        await page.waitForURL("**/apps/dropped");
        await page.getByRole("heading", { name: "dropped", level: 1 }).waitFor();
        assert.equal((await visit(node, "dropped", "/")).text, "<h1>first</h1>");
        assert.equal((await visit(node, "dropped", "/.env")).status, 404);
        await Deno.remove(folder, { recursive: true });
      });

      await t.step("a file is edited, deployed, and rolled back", async () => {
        await go("/apps/dropped/files?path=index.html");
        const editor = page.getByLabel("Text of index.html");
        await editor.fill("<h1>second</h1>");
        await button("Save and deploy").click();
        await toast("Revision 2 is served");
        assert.equal((await visit(node, "dropped", "/")).text, "<h1>second</h1>");
        await go("/apps/dropped/revisions");
        await button("What changed").click();
        await page.locator(".diff .add").getByText("second").waitFor();
        await button("Roll back").click();
        await page.locator("dialog").getByRole("button", { name: "Roll back to 1" }).click();
        await toast("Revision 1 is served");
        assert.equal((await visit(node, "dropped", "/")).text, "<h1>first</h1>");
      });

      await t.step("log lines appear while they are written", async () => {
        await go("/apps/dropped/logs");
        await page.getByText("live", { exact: true }).waitFor();
        await visit(node, "dropped", "/api/watched");
        await page.getByText(/saw .*watched/).waitFor();
      });

      await t.step("the keyboard reaches pages, help and back", async () => {
        await go("/");
        await page.keyboard.press("Control+k");
        await page.keyboard.type("backu");
        await page.keyboard.press("Enter");
        await page.waitForURL("**/backups");
        await page.locator("main h1").waitFor();
        await page.keyboard.press("?");
        await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
        await page.keyboard.press("Escape");
        await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor({
          state: "detached",
        });
        await page.keyboard.press("g");
        await page.keyboard.press("a");
        await page.waitForURL("**/apps");
        await page.locator(".app-card").first().waitFor();
        await page.keyboard.press("/");
        await page.keyboard.type("dropped");
        await page.waitForURL((url) => url.search === "?q=dropped");
        await until(async () => await page.locator(".app-card").count() === 1);
      });

      await t.step("nothing an app says becomes markup, code or a link", async () => {
        const made = await deploy(node, "hostile", HOSTILE);
        assert.equal(made.status, 201, JSON.stringify(made.error));
        await visit(node, "hostile", "/api/");
        await until(async () => (await api(node, "GET", "/api/apps/hostile/logs")).data.length > 1);
        const inApp = [
          "",
          "/files",
          `/files?path=${encodeURIComponent('"><img src=x onerror=window.harmed=3>.html')}`,
          "/revisions",
          "/logs",
          "/storage",
          "/storage?in=ds",
          "/env",
          "/permissions",
          "/settings",
        ].map((path) => `/apps/hostile${path}`);
        for (const path of [...inApp, "/", "/apps", "/logs", "/activity", "/events"]) {
          await go(path);
          await settled(page);
          const found = await page.evaluate(() => ({
            harmed: (globalThis as { harmed?: number }).harmed,
            images: document.querySelectorAll('img[src="x"]').length,
            links: [...document.querySelectorAll("a[href]")].map((a) =>
              (a as HTMLAnchorElement).protocol
            )
              .filter((protocol) => !/^https?:$/.test(protocol)),
          }));
          assert.deepEqual(found, { harmed: undefined, images: 0, links: [] }, path);
        }
        assert.deepEqual(wrong, []);
      });

      await t.step("every page is accessible, fits a phone and complains of nothing", async (t) => {
        const everyPage = PAGES.filter(({ group }) => group !== undefined).map(hrefOf);
        const appTabs = [
          "",
          "files",
          "revisions",
          "logs",
          "storage",
          "env",
          "permissions",
          "cron",
          "domains",
          "settings",
        ]
          .map((tab) => `/apps/dropped/${tab}`.replace(/\/$/, ""));
        for (const [i, path] of [...everyPage, ...appTabs].entries()) {
          await t.step(path, async () => {
            // Half of them in the dark: the rules are the same, the colours are not.
            await page.emulateMedia({ colorScheme: i % 2 === 0 ? "light" : "dark" });
            await go(path);
            await settled(page);
            await picture(page, `${path}-wide`);
            assert.deepEqual(await seriousFindings(page), []);
            await page.setViewportSize({ width: 390, height: 844 });
            const over = await page.evaluate(() =>
              document.documentElement.scrollWidth - document.documentElement.clientWidth
            );
            await picture(page, `${path}-phone`);
            await page.setViewportSize({ width: 1280, height: 860 });
            assert.equal(over, 0, "it is wider than the phone");
          });
        }
        await page.emulateMedia({ colorScheme: "light" });
        assert.deepEqual(wrong, []);
      });

      await t.step(
        "an API that is silent or talks nonsense is said so, and its return is noticed",
        async () => {
          await go("/apps");
          await page.route("**/api/**", (route) => route.abort());
          await page.goto(adminUrl(node, "/keys"));
          await page.getByText("The node does not answer as it should").waitFor();
          await page.unroute("**/api/**");
          await page.getByRole("button", { name: "Try again" }).click();
          await page.locator("main h1").waitFor();
          await page.route(
            "**/api/apps",
            (route) => route.fulfill({ status: 200, body: "<html>hotel wifi" }),
          );
          await page.getByRole("link", { name: "Apps", exact: true }).click();
          await page.getByText("with something that is no API answer").first().waitFor();
          await page.unroute("**/api/apps");
          await button("Try again").click();
          await page.locator(".app-card").first().waitFor();
        },
      );

      await t.step(
        "a read-only node says so, and a refused change leaves what was typed",
        async () => {
          const disk = (value: number) =>
            api(node, "PUT", "/api/system/config", {
              body: { key: "limits.global.diskPercent", value },
            });
          await go("/apps/dropped/files?path=index.html");
          await disk(1);
          await page.locator(".banner").getByText("Read-only.").waitFor();
          await page.getByLabel("Text of index.html").fill("<h1>third</h1>");
          await button("Save and deploy").click();
          await page.getByText("It was not deployed; your text is still here").waitFor();
          assert.equal(await page.getByLabel("Text of index.html").inputValue(), "<h1>third</h1>");
          assert.equal((await visit(node, "dropped", "/")).text, "<h1>first</h1>");
          await disk(100);
          await page.locator(".banner").getByText("Read-only.").waitFor({ state: "detached" });
          await button("Discard").click();
        },
      );

      await t.step("a session that ended asks for a new one over the page", async () => {
        await go("/apps/dropped/files?path=index.html");
        await context.clearCookies();
        await page.locator("main").getByRole("link", { name: "Revisions" }).click();
        await page.getByRole("heading", { name: "You are signed out" }).waitFor();
        assert.deepEqual(await seriousFindings(page), []);
      });

      await t.step("how fast the first page paints, warm, also with every cell down", async () => {
        const link = await api(node, "POST", "/api/owner-links", { body: {} });
        await signIn(page, node, link.data.url.split("#")[1]);
        const normal = await paints(page, node);
        // No realm and no isolate is left from cockpit-only on.
        const memory = (value: number) =>
          api(node, "PUT", "/api/system/config", {
            body: { key: "limits.global.memoryMb", value },
          });
        await memory(64);
        await until(async () =>
          (await api(node, "GET", "/api/system/health")).data.runner.isolates === 0
        );
        const down = await paints(page, node);
        await page.locator(".banner.bad").first().waitFor();
        await memory(4096);
        console.log(`first paint, warm: ${normal} ms; with cells down: ${down} ms`);
      });
    } finally {
      await browser.close();
    }
  },
});

/** Drops a folder of this machine onto the page, as a person does with a mouse. */
async function drop(page: Page, folder: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await devtools.send("Input.dispatchDragEvent", { type, x: 600, y: 400, data });
    if (type === "dragOver") await page.getByText("Drop a folder or a zip to deploy it").waitFor();
  }
  await devtools.detach();
}

/** Waits until nothing is loading any more. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document.querySelectorAll("main .skeleton, main .spin, .progress").length === 0
  );
}

async function picture(page: Page, path: string): Promise<void> {
  if (PICTURES === undefined) return;
  await Deno.mkdir(PICTURES, { recursive: true });
  const name = path.replace(/[^\w]+/g, "-").replace(/^-/, "") || "home";
  await page.screenshot({ path: `${PICTURES}/${name}.png` });
}

/** Milliseconds to the first paint of the home page, the middle of five loads. */
async function paints(page: Page, node: TestNode): Promise<number> {
  const seen: number[] = [];
  for (let i = 0; i < 5; i++) {
    await page.goto(adminUrl(node));
    await page.waitForSelector("main h1");
    seen.push(
      await page.evaluate(() =>
        performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity
      ),
    );
  }
  return Math.round(seen.sort((a, b) => a - b)[2]!);
}
