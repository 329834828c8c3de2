import assert from "node:assert/strict";
import { checkPassword } from "./password_rule.ts";

const WEAK: readonly string[] = [
  "",
  "short",
  "ninechars",
  "password12",
  "P@ssw0rd2026!",
  "passwordpassword",
  "1234567890",
  "0987654321",
  "qwertyuiop",
  "QWERTYUIOP[",
  "abcdefghijklm",
  "zyxwvutsrqpo",
  "aaaaaaaaaaaaaa",
  "abababababab",
  "iloveyou123456",
  "letmein!!!!!!",
  "Summer2026!!",
  "1q2w3e4r5t6z",
  "fazt-fazt-fazt",
  "correcthorsebatterystaple",
  "annabelle-2026",
  "x".repeat(513),
  `${"good words ".repeat(3)}\ud800`,
];
const STRONG: readonly string[] = [
  "four small words together",
  "Tr0ub4dor&3x",
  "my-cat-Annabelle-likes-rain",
  "пароль из многих слов",
  "正確馬電池訂書釘密碼安全",
  "v8Kq2mXz0p",
];

Deno.test("a password that is tried first is refused, with the reason and never with itself", () => {
  for (const password of WEAK) {
    assert.throws(() => checkPassword(password, ["annabelle", "localhost"]), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, "WEAK_PASSWORD", password);
      if (password.length > 3) assert.ok(!error.message.includes(password), password);
      return true;
    }, password);
  }
});

Deno.test("a password that is hard to guess is taken, in any script", () => {
  for (const password of STRONG) checkPassword(password, ["annabelle", "localhost"]);
});
