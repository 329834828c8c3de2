import { defineCommand } from "../../command.ts";
import { listPeers } from "../../peers.ts";
import { table } from "../../table.ts";

/** `fazt peer list`. */
export const command = defineCommand({
  name: "peer list",
  summary: "List the nodes this machine knows",
  group: "system",
  local: "peers are kept in this machine's database",
  run({ dbPath, out }) {
    const peers = listPeers(dbPath).map(({ name, url, token, isDefault, createdAt }) => ({
      name,
      url,
      default: isDefault,
      hasToken: token !== undefined,
      createdAt,
    }));
    out.result(
      peers,
      () =>
        peers.length === 0 ? ["No peers yet: fazt peer add NAME --url URL"] : table(
          ["NAME", "ADDRESS", "KEY", "DEFAULT"],
          peers.map((p) => [p.name, p.url, p.hasToken ? "yes" : "no", p.default ? "yes" : ""]),
        ),
    );
  },
});
