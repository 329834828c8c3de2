import { operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** A row of the list of persons who are to be forgotten, or were. */
export interface ErasureRow {
  readonly hash: string;
  /** Null once they are forgotten. */
  readonly userId: string | null;
  /** Whose their rows become; null where they go. */
  readonly pseudonym: string | null;
  readonly requestedAt: number;
  readonly dueAt: number;
  readonly doneAt: number | null;
}

/** Columns of the list by the names of {@link ErasureRow}. */
export const ERASURE = "SELECT hash, user_id AS userId, pseudonym, requested_at AS requestedAt, " +
  "due_at AS dueAt, done_at AS doneAt FROM erasures";

/** Puts a person on the list; one who waits may be forgotten earlier or in another way. */
export const markPerson = operation(
  "ownership.mark",
  (db, p: Omit<ErasureRow, "doneAt" | "userId"> & { readonly userId: string }): ErasureRow => {
    const before = db.get<ErasureRow>(`${ERASURE} WHERE hash = ?`, p.hash);
    if (before && before.doneAt !== null) {
      throw new FaztError("GONE", "Cannot forget this person again: it is done", {
        hint: "fazt user list shows who is known to this node",
        status: 410,
      });
    }
    db.run(
      "INSERT INTO erasures VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE SET " +
        "due_at = min(due_at, excluded.due_at), pseudonym = excluded.pseudonym",
      p.hash,
      p.userId,
      p.pseudonym,
      p.requestedAt,
      p.dueAt,
    );
    return db.get<ErasureRow>(`${ERASURE} WHERE hash = ?`, p.hash)!;
  },
  { essential: true },
);

/** Takes a person off the list, if they were not forgotten yet and it has not begun. */
export const unmarkPerson = operation(
  "ownership.unmark",
  (db, p: { readonly hash: string; readonly at: number }): boolean =>
    db.run(
      "DELETE FROM erasures WHERE hash = ? AND done_at IS NULL AND due_at > ?",
      p.hash,
      p.at,
    ) > 0,
  { essential: true },
);

/** Forgets that somebody was forgotten; returns how many. */
export const trimErasures = operation(
  "ownership.trim",
  (db, p: { readonly before: number }) =>
    db.run("DELETE FROM erasures WHERE done_at < ?", p.before),
  { essential: true },
);
