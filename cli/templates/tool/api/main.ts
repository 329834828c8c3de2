import fazt from "fazt";

/**
 * Counts things: `POST /api/{name}` adds one (`?by=5` five) and `GET /api/{name}` tells how many.
 * A name of letters, digits and dashes.
 */
const handler: Fazt.Handler = async (request) => {
  const { pathname, searchParams } = new URL(request.url);
  const name = /^\/api\/([a-z0-9-]{1,40})$/.exec(pathname)?.[1];
  const by = Number(searchParams.get("by") ?? 1);
  if (name === undefined || !Number.isSafeInteger(by)) {
    return Response.json({ error: "POST or GET /api/{name}, ?by= a whole number" }, {
      status: 400,
    });
  }
  const count = request.method === "POST"
    ? await fazt.storage.kv.increment(`count/${name}`, by)
    : await fazt.storage.kv.get<number>(`count/${name}`) ?? 0;
  return { name, count };
};

export default handler;
