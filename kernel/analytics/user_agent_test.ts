import assert from "node:assert/strict";
import { readUserAgent } from "./user_agent.ts";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";

for (
  const [text, device, browser, os] of [
    [
      `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/120.0.0.0 Safari/537.36`,
      "desktop",
      "Chrome",
      "Linux",
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/120.0 Safari/537.36 Edg/120.0`,
      "desktop",
      "Edge",
      "Windows",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
      "desktop",
      "Safari",
      "macOS",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
      "mobile",
      "Safari",
      "iOS",
    ],
    [
      "Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/114.0 Mobile/15E148 Safari/604.1",
      "tablet",
      "Chrome",
      "iOS",
    ],
    [
      `Mozilla/5.0 (Linux; Android 13; Pixel 7) ${WEBKIT} Chrome/120.0 Mobile Safari/537.36`,
      "mobile",
      "Chrome",
      "Android",
    ],
    [
      `Mozilla/5.0 (Linux; Android 12; SM-T870) ${WEBKIT} SamsungBrowser/21.0 Chrome/110.0 Safari/537.36`,
      "tablet",
      "Samsung Internet",
      "Android",
    ],
    [
      "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
      "desktop",
      "Firefox",
      "Linux",
    ],
  ] as const
) {
  Deno.test(`${browser} on ${os} is read as a person's ${device}`, () => {
    assert.deepEqual(readUserAgent(text), { bot: false, device, browser, os });
  });
}

Deno.test("crawlers, monitors and tools are no persons, nor is who says nothing", () => {
  for (
    const text of [
      "",
      "curl/8.5.0",
      "python-requests/2.31",
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36",
    ]
  ) assert.equal(readUserAgent(text).bot, true, text);
});

Deno.test("texts of any length are read in no time, and do not pile up", () => {
  const began = performance.now();
  for (let n = 0; n < 5000; n++) {
    readUserAgent(`${"(".repeat(400)}${n}${"Mobile Android ".repeat(2000)}`);
  }
  assert.ok(performance.now() - began < 20_000);
});
