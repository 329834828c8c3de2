import type { Outdated } from "../../api_types.ts";
import { TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { styled } from "../../format.ts";
import { table } from "../../table.ts";

const COMMIT = 12;

/** `fazt app outdated`. */
export const command = defineCommand({
  name: "app outdated",
  summary: "List the apps from git and whether their repositories have moved on",
  group: "apps",
  examples: ["app outdated"],
  async run({ api, out }) {
    const all = await api.call<Outdated[]>("GET", "/api/apps?outdated=1", {
      timeoutMs: TRANSFER_MS,
      retry: true,
    });
    out.result(
      all,
      () =>
        all.length === 0 ? ["No app comes from git: fazt app install SOURCE"] : table(
          ["NAME", "AT", "NEWEST", "STATE", "SOURCE"],
          all.map(({ name, current, latest, outdated, error, source }) => [
            name,
            current.slice(0, COMMIT),
            latest?.slice(0, COMMIT),
            error !== undefined
              ? styled("red", error.message)
              : outdated
              ? styled("yellow", "outdated")
              : styled("green", "newest"),
            source.spec,
          ]),
        ),
    );
  },
});
