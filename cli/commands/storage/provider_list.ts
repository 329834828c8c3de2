import type { ProviderInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { table } from "../../table.ts";

/** `fazt storage provider list`. */
export const command = defineCommand({
  name: "storage provider list",
  summary: "List the buckets elsewhere that apps may keep objects in",
  group: "data",
  examples: ["storage provider list"],
  async run({ api, out }) {
    const providers = await api.get<ProviderInfo[]>("/api/storage-providers");
    out.result(
      providers,
      () =>
        providers.length === 0
          ? ["No providers: objects are kept on this node (fazt storage provider add NAME)"]
          : table(
            ["NAME", "BUCKET", "ENDPOINT", "REGION", "SINCE"],
            providers.map((p) => [p.name, p.bucket, p.endpoint, p.region, formatTime(p.createdAt)]),
          ),
    );
  },
});
