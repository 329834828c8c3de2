import { Hono } from "hono";
import { validator } from "hono/validator";
import { z } from "zod";

const Vote = z.object({ choice: z.enum(["tea", "coffee"]) });

/** Hono's `c.env` is the context of the request: `c.env.fazt`, `c.env.env`, `c.env.requestId`. */
const app = new Hono<{ Bindings: Fazt.Context }>().basePath("/api");

app.get("/", (c) => c.json({ app: c.env.app.name, routes: ["/api/votes"] }));

app.get("/votes", async (c) => {
  const { kv } = c.env.fazt.storage;
  const [tea = 0, coffee = 0] = await kv.getMany<number>(["votes/tea", "votes/coffee"]);
  return c.json({ tea, coffee });
});

app.post(
  "/votes",
  validator("json", (body, c) => {
    const vote = Vote.safeParse(body);
    return vote.success ? vote.data : c.json({ error: z.prettifyError(vote.error) }, 400);
  }),
  async (c) => {
    const { choice } = c.req.valid("json");
    const votes = await c.env.fazt.storage.kv.increment(`votes/${choice}`);
    return c.json({ choice, votes }, 201);
  },
);

app.notFound((c) => c.json({ error: "there is no such address" }, 404));

export default app;
