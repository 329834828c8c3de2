import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { Person, PersonShare } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { table } from "../../table.ts";

type Share = PersonShare & { readonly app?: string };

/** `fazt user list`. */
export const command = defineCommand({
  name: "user list",
  summary: "List the persons apps keep something of, with how much",
  group: "system",
  flags: { limit: "how many persons (default 100)" },
  async run({ api, out, flags }) {
    const persons = await api.get<Person[]>(`/api/users${queryOf({ limit: flags.limit })}`);
    out.result(
      persons,
      () =>
        persons.length === 0 ? ["No app keeps anything of a person yet"] : table(
          ["PERSON", "APP", "ROWS", "SIZE", "STATE"],
          persons.flatMap(({ id, state, erasedAt, apps }) =>
            (apps.length === 0 ? [undefined] : apps as readonly Share[]).map((share) => [
              id,
              share === undefined ? "" : share.app ?? share.appId ?? "the node",
              share?.rows ?? 0,
              formatBytes(share?.bytes ?? 0),
              state === "here" ? state : styled("yellow", `erased on ${formatTime(erasedAt!)}`),
            ])
          ),
        ),
    );
  },
});
