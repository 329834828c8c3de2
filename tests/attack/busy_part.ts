import type { TestNode } from "../helpers/mod.ts";

/** Processor time of the node in half a second, as a part of one core. */
export async function busyPart(node: TestNode): Promise<number> {
  const ticks = async () => {
    const stat = await Deno.readTextFile(`/proc/${node.child.pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = await ticks();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return (await ticks() - before) / 50;
}
