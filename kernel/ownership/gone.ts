import { createHash } from "node:crypto";
import type { Database } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { ERASURE, type ErasureRow } from "./erasure_operations.ts";

/** The SHA-256 of a person's id in hex: what is left of it once they are forgotten. */
export const hashOf = (userId: string) => createHash("sha256").update(userId).digest("hex");

/** What the activity log calls a person it must not remember. */
export const labelOf = (userId: string) => `usr#${hashOf(userId).slice(0, 12)}`;

/** Who may do nothing here any more: persons who leave or left, and apps that were purged. */
export class Gone {
  readonly #leaving = new Set<string>();
  readonly #left = new Set<string>();
  readonly #apps = new Set<string>();

  constructor(db: Database) {
    for (const { userId, hash, doneAt } of db.reader.all<ErasureRow>(ERASURE)) {
      if (doneAt !== null) this.#left.add(hash);
      else if (userId !== null) this.#leaving.add(userId);
    }
  }

  /** Whether a person is to be forgotten or was. A set look-up while nobody was. */
  hasPerson(userId: string): boolean {
    if (this.#leaving.has(userId)) return true;
    return this.#left.size > 0 && this.#left.has(hashOf(userId));
  }

  /** Whether an app was purged since the node started: its id means nothing any more. */
  hasApp(appId: string): boolean {
    return this.#apps.has(appId);
  }

  /**
   * Checks that a call may still be made.
   * @throws {FaztError} `GONE`
   */
  admit({ appId, userId }: { readonly appId: string; readonly userId?: string | undefined }): void {
    if (userId !== undefined && this.hasPerson(userId)) {
      throw new FaztError("GONE", "Cannot do this: the person it is for was erased", {
        hint: "an administrator can undo it for 30 days: fazt user restore",
        status: 410,
      });
    }
    if (this.hasApp(appId)) {
      throw new FaztError("GONE", "Cannot do this: the app was removed with all it had", {
        hint: "deploy it again: it begins anew",
        status: 410,
      });
    }
  }

  leaving(userId: string): void {
    this.#leaving.add(userId);
  }

  back(userId: string): void {
    this.#leaving.delete(userId);
  }

  left(userId: string): void {
    this.#left.add(hashOf(userId));
    this.#leaving.delete(userId);
  }

  app(appId: string): void {
    this.#apps.add(appId);
  }
}
