import fazt from "fazt";
import { z } from "zod";

/** What a visitor sends. */
export const NewNote = z.object({ text: z.string().trim().min(1).max(500) });

/** A note as it is kept. */
export type Note = z.infer<typeof NewNote> & { id: string; at: string };

/** Keeps a note. */
export async function addNote(note: z.infer<typeof NewNote>): Promise<Note> {
  const now = new Date();
  // Keys are listed in their own order: this one puts the newest note first.
  const id = `${Number.MAX_SAFE_INTEGER - now.getTime()}-${crypto.randomUUID().slice(0, 8)}`;
  const kept = { ...note, id, at: now.toISOString() };
  await fazt.storage.kv.set(`note/${id}`, kept);
  return kept;
}

/** The hundred newest notes, newest first. */
export async function listNotes(): Promise<Note[]> {
  const { items } = await fazt.storage.kv.list<Note>("note/", { limit: 100 });
  return items.map((item) => item.value);
}

/** Whether there was such a note. */
export function removeNote(id: string): Promise<boolean> {
  return fazt.storage.kv.delete(`note/${id}`);
}
