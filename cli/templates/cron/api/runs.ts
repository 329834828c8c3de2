import fazt from "fazt";

/** One run of the job. */
export interface Run {
  readonly n: number;
  readonly at: string;
  readonly trigger: Fazt.Trigger;
}

/** The job itself: put your own work here. */
export async function tick(trigger: Fazt.Trigger): Promise<Run> {
  const n = await fazt.storage.kv.increment("runs");
  const run: Run = { n, at: new Date().toISOString(), trigger };
  await fazt.storage.kv.set(`run/${String(n).padStart(12, "0")}`, run, { ttl: "8h" });
  return run;
}

/** The runs of the last eight hours, oldest first. */
export async function runs(): Promise<Run[]> {
  const { items } = await fazt.storage.kv.list<Run>("run/", { limit: 100 });
  return items.map((item) => item.value);
}
