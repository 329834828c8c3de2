import { DatabaseSync } from "node:sqlite";
import { visit } from "../helpers/mod.ts";
import { residentMb, startBenchNode } from "./node.ts";

/** What a node with many apps holds. */
export interface Density {
  readonly installed: number;
  /** Apps that were live at the same time. */
  readonly live: number;
  readonly quietMb: number;
  readonly liveMb: number;
}

/**
 * Installs `installed` apps with server code and calls `live` of them, so that each has an isolate.
 * The rows of the first are copied: what is measured is the node, not deploys.
 */
export async function density(installed: number, live: number): Promise<Density> {
  const first = await startBenchNode();
  await first.deploy("app-one", {
    "index.html": "<p>one of many</p>",
    "app.json": '{"name":"app-one","permissions":["storage:kv"]}',
    "api/main.js": "export default async () => ({ n: await fazt.storage.kv.increment('n') });",
  });
  await first.stop();
  copyApp(first.db, installed - 1);
  // A cap above the bar, so that the guard ends nothing that is to be measured.
  const node = await startBenchNode(first.db, { memoryMb: 1000 });
  const quietMb = residentMb(node.pid);
  const call = async (n: number) => (await visit(node, `copy${n}`, "/api/")).status === 200;
  const answers = await Promise.all(Array.from({ length: live }, (_, i) => call(i + 1)));
  const liveMb = residentMb(node.pid);
  await node.stop();
  return { installed, live: answers.filter((ok) => ok).length, quietMb, liveMb };
}

/** Copies the app `app-one` with everything that belongs to it under other ids and names. */
export function copyApp(path: string, times: number): void {
  const db = new DatabaseSync(path);
  const source = db.prepare("SELECT id FROM apps WHERE name = 'app-one'").get() as { id: string };
  const each = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${times})`;
  db.exec(
    `BEGIN; ${each} INSERT INTO apps SELECT 'app_' || printf('%012d', i), user_id, 'copy' || i,
      title, state, current_revision, NULL, NULL, created_at, updated_at, NULL
      FROM n, (SELECT * FROM apps WHERE name = 'app-one');
    INSERT INTO aliases SELECT name, id, 'proxy', NULL, created_at FROM apps WHERE name LIKE 'copy%'`,
  );
  for (const table of ["revisions", "files", "grants"]) {
    const columns = db.prepare("SELECT name FROM pragma_table_info(?)").all(table)
      .map((row) => String(row.name));
    const values = columns.map((name) =>
      name === "app_id" ? "a.id" : name === "id" ? "'rev_' || substr(a.id, 5)" : `t."${name}"`
    );
    db.exec(`INSERT INTO ${table} SELECT ${values} FROM ${table} t, apps a
      WHERE t.app_id = '${source.id}' AND a.name LIKE 'copy%'`);
  }
  db.exec("COMMIT");
  db.close();
}
