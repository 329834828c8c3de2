import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { TableSchema } from "../../../kernel/storage/mod.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { table } from "../../table.ts";

interface Listing {
  readonly tables: readonly (TableSchema & { readonly name: string; readonly table: string })[];
  readonly usage: { readonly entries: number; readonly bytes: number };
}

/** `fazt storage rd tables`. */
export const command = defineCommand({
  name: "storage rd tables",
  summary: "List the tables an app defined, with their columns",
  group: "data",
  args: ["<app>"],
  examples: ["storage rd tables shop"],
  async run(ctx) {
    const ref = await ctx.appRef(ctx.args.app);
    const { tables, usage } = await ctx.api.get<Listing>(apiPath`/api/storage/${ref}/rd`);
    ctx.out.result(
      { tables, usage },
      () =>
        tables.length === 0 ? ["No tables: the app makes them with fazt.storage.rd.define"] : [
          ...table(
            ["TABLE", "COLUMN", "TYPE", "KEY", "NULL", "IN FAZT SQL"],
            tables.flatMap((one) =>
              one.columns.map((column, i) => [
                i === 0 ? one.name : " ",
                column.name,
                column.type,
                one.primaryKey.includes(column.name) ? "primary" : column.unique ? "unique" : " ",
                column.notNull || one.primaryKey.includes(column.name) ? "no" : "yes",
                `${one.table}.c_${column.name}`,
              ])
            ),
          ),
          `${usage.entries} rows, ${formatBytes(usage.bytes)}`,
        ],
    );
  },
});
