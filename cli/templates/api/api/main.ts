import { z } from "zod";
import { addNote, listNotes, NewNote, removeNote } from "./notes.ts";

/** Answers `GET` and `POST /api/notes` and `DELETE /api/notes/{id}`. */
const handler: Fazt.Handler = async (request) => {
  const [, , collection, id, ...rest] = new URL(request.url).pathname.split("/");
  if (collection !== "notes" || rest.length > 0) return problem(404, "there is no such address");
  if (id) {
    if (request.method !== "DELETE") return problem(405, "a note can only be deleted");
    return await removeNote(id)
      ? new Response(null, { status: 204 })
      : problem(404, "there is no such note");
  }
  if (request.method === "GET") return { notes: await listNotes() };
  if (request.method !== "POST") return problem(405, "use GET or POST");
  const note = NewNote.safeParse(await request.json().catch(() => undefined));
  if (!note.success) return problem(400, z.prettifyError(note.error));
  return Response.json(await addNote(note.data), { status: 201 });
};

export default handler;

function problem(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
