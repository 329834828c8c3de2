import { FaztError } from "../lib/fazt_error.ts";
import { COMMON_PASSWORDS } from "./common_passwords.ts";

/** Shortest password, characters (NIST SP 800-63B §3.1.1 asks for 8 with a second factor). */
export const MIN_PASSWORD = 10;
/** Longest password, characters. */
export const MAX_PASSWORD = 512;
/** A password with fewer different characters is one character again and again. */
const MIN_DIFFERENT = 6;
/** Rows of keyboards and of the alphabet that people run a finger along. */
const RUNS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890123456789",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
  "1q2w3e4r5t6z7u8i9o0p",
  "1q2w3e4r5t6y7u8i9o0p",
  "1qaz2wsx3edc4rfv5tgb6yhn",
];

/**
 * Refuses a password that is tried first by whoever guesses.
 * @param names what it must not be made of, such as the owner's name and the node's domain
 * @throws {FaztError} `WEAK_PASSWORD`
 */
export function checkPassword(password: string, names: readonly string[] = []): void {
  const text = password.normalize("NFKC");
  const length = [...text].length;
  if (!text.isWellFormed()) throw weak("it is not text");
  if (length < MIN_PASSWORD) throw weak(`it has ${length} characters, ${MIN_PASSWORD} is least`);
  if (length > MAX_PASSWORD) throw weak(`it has over ${MAX_PASSWORD} characters`);
  const lower = text.toLowerCase();
  if (new Set(lower).size < MIN_DIFFERENT) throw weak("it repeats a few characters");
  if (isRun(lower)) throw weak("it runs along the keyboard or the alphabet");
  // What people add to a common word: digits, dots, and letters that look like others.
  const core = plain(lower);
  const common = (word: string) => COMMON_PASSWORDS.has(word) || COMMON_PASSWORDS.has(twice(word));
  if (common(lower) || common(core) || common(lower.replace(/[^a-z]/g, ""))) {
    throw weak("it is one of the passwords that are tried first");
  }
  for (const name of names) {
    const part = plain(name.toLowerCase());
    if (part.length >= 4 && core.includes(part) && core.replaceAll(part, "").length < 4) {
      throw weak("it is little more than a name that everybody can see");
    }
  }
}

function isRun(text: string): boolean {
  const backwards = [...text].reverse().join("");
  return RUNS.some((run) => run.includes(text) || run.includes(backwards)) ||
    [...text].every((_, i) => i === 0 || text.charCodeAt(i) - text.charCodeAt(i - 1) === 1);
}

/** Without what stands before and after it, and in plain letters. */
function plain(text: string): string {
  return text.replace(/^[^a-z]+|[^a-z]+$/g, "")
    .replace(/[@4]/g, "a").replace(/3/g, "e").replace(/[1!|]/g, "i").replace(/0/g, "o")
    .replace(/[$5]/g, "s").replace(/7/g, "t").replace(/[^a-z]/g, "");
}

/** The half of a text that is one text twice, else the text. */
function twice(text: string): string {
  const half = text.slice(0, text.length / 2);
  return half + half === text ? half : text;
}

function weak(why: string): FaztError {
  return new FaztError("WEAK_PASSWORD", `Cannot use this password: ${why}`, {
    status: 422,
    hint: "four or five words that do not belong together are easy to keep and hard to guess",
  });
}
