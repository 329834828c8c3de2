import { runs, tick } from "./runs.ts";

/** `GET /api` shows the runs, `POST /api` runs the job now. */
const handler: Fazt.Handler = async (request, ctx) => {
  if (request.method === "POST") return Response.json(await tick(ctx.trigger), { status: 201 });
  return { runs: await runs() };
};

export default handler;
