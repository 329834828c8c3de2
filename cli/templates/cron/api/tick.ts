import { tick } from "./runs.ts";

/** Runs when `cron` in app.json says so. */
export default {
  async scheduled(_event, ctx) {
    const run = await tick(ctx.trigger);
    console.log("ticked", run);
  },
} satisfies Fazt.Module;
