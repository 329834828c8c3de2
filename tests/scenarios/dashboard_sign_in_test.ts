// The owner's ways in, in a real browser: password and code, and a passkey of a virtual key.
import { TOTP } from "otpauth";
import { startNode } from "../helpers/mod.ts";
import {
  adminUrl,
  chromiumPath,
  complaints,
  NO_BROWSER,
  seriousFindings,
  signIn,
  startBrowser,
} from "../helpers/browser.ts";
import assert from "node:assert/strict";

const HAS_BROWSER = chromiumPath() !== undefined;
if (!HAS_BROWSER) console.log(`sign-in in a browser: ${NO_BROWSER}`);
/** Until the node has passwords there is nothing to try. */
const HAS_PASSWORDS = (() => {
  try {
    return Deno.statSync(new URL("../../kernel/http/api/owner.ts", import.meta.url)).isFile;
  } catch {
    return false;
  }
})();
const PASSWORD = "a long phrase for tests 7";
const STEP_MS = 30_000;

Deno.test({
  name: "signing in with a browser",
  ignore: !HAS_BROWSER || !HAS_PASSWORDS,
  fn: async (t) => {
    await using node = await startNode();
    const browser = await startBrowser();
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const wrong = complaints(page);
    const button = (name: string, where = "main") =>
      page.locator(where).getByRole("button", { name, exact: true }).first();
    const signOut = async () => {
      await button("Sign out", ".side-foot").click();
      await page.getByRole("heading", { name: "Sign in to Fazt" }).waitFor();
    };
    let secret = "";
    try {
      await t.step("the first run asks for a password and takes one", async () => {
        await signIn(page, node);
        await button("Set a password", ".banner").click();
        await page.getByLabel("New password").fill(PASSWORD);
        await page.getByLabel("Once more").fill(PASSWORD);
        await button("Set the password", "dialog").click();
        await page.getByText("The password is set").waitFor();
      });
      await t.step(
        "codes are set up by proving one, and recovery codes are shown once",
        async () => {
          await page.goto(adminUrl(node, "/account"));
          await button("Set up").click();
          secret = (await page.locator("dialog code").first().innerText()).trim();
          await page.getByLabel("The code it shows").fill(new TOTP({ secret }).generate());
          await button("Turn on", "dialog").click();
          await page.getByRole("heading", { name: "Recovery codes" }).waitFor();
          await button("I have kept them", "dialog").click();
        },
      );
      await t.step("a passkey is added and signs in", async () => {
        const devtools = await context.newCDPSession(page);
        await devtools.send("WebAuthn.enable");
        await devtools.send("WebAuthn.addVirtualAuthenticator", {
          options: {
            protocol: "ctap2",
            transport: "internal",
            hasResidentKey: true,
            hasUserVerification: true,
            isUserVerified: true,
            automaticPresenceSimulation: true,
          },
        });
        await button("Add a passkey").click();
        await page.locator("dialog").getByLabel("Name").fill("laptop");
        await button("Go on", "dialog").click();
        await page.getByText("The passkey works").waitFor();
        assert.deepEqual(await seriousFindings(page), []);
        await signOut();
        await page.getByRole("button", { name: "Sign in with a passkey" }).click();
        await page.waitForSelector(".shell");
      });
      await t.step("a wrong password is refused, the right one asks for the code", async () => {
        await signOut();
        await page.getByLabel("Password").fill("another phrase for tests 7");
        await button("Sign in").click();
        await page.getByText("That did not match").waitFor();
        await page.getByLabel("Password").fill(PASSWORD);
        await button("Sign in").click();
        // A code works once: the next one.
        const code = new TOTP({ secret }).generate({ timestamp: Date.now() + STEP_MS });
        await page.getByLabel("Code").fill(code);
        assert.deepEqual(await seriousFindings(page), []);
        await button("Sign in").click();
        await page.waitForSelector(".shell");
      });
      assert.deepEqual(wrong, []);
    } finally {
      await browser.close();
    }
  },
});
