import type { Settings } from "../../config/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import type { ChallengeType } from "../acme/mod.ts";

/** Known authorities with a place for trials. */
const STAGING: Readonly<Record<string, string>> = {
  "https://acme-v02.api.letsencrypt.org/directory":
    "https://acme-staging-v02.api.letsencrypt.org/directory",
};
const CHALLENGES: readonly ChallengeType[] = ["http-01", "tls-alpn-01", "dns-01"];

/** Whether a directory is one of the public authorities this node knows. */
export function isPublicDirectory(directory: string): boolean {
  return Object.hasOwn(STAGING, directory);
}

/** Where trial orders go; undefined where there are none. */
export function stagingOf(settings: Settings): string | undefined {
  const set = settings.get("acme.staging");
  if (set === "off") return undefined;
  return set === "auto" ? STAGING[settings.get("acme.directory")] : set;
}

/** Challenges in the order they are tried. */
export function challengesOf(settings: Settings): ChallengeType[] {
  const named = wordsOf(settings.get("acme.challenges"));
  return CHALLENGES.filter((type) => named.includes(type))
    .sort((a, b) => named.indexOf(a) - named.indexOf(b));
}

/** Words of a list that is written as text. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** Roots of a private authority, PEM. @throws {FaztError} `INVALID` */
export async function extraRoots(settings: Settings): Promise<string[]> {
  const path = settings.get("acme.caFile");
  if (path === "") return [];
  try {
    const pem = await Deno.readTextFile(path);
    if (pem.includes("-----BEGIN CERTIFICATE-----")) return [pem];
  } catch { /* said below */ }
  throw new FaztError("INVALID", `Cannot use acme.caFile: ${path} is no readable PEM file`, {
    hint: "fazt config set acme.caFile /path/to/root.pem",
  });
}
