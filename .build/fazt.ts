// The command line as a task: in the folder where it was typed, on this checkout's own database.
import { resolve } from "node:path";

const root = resolve(import.meta.dirname!, "..");
if (!Deno.env.get("FAZT_DB")) Deno.env.set("FAZT_DB", resolve(root, ".fazt/data.db"));
Deno.chdir(Deno.env.get("INIT_CWD") ?? root);
await import("../main.ts");
