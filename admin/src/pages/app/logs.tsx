import { useQuery } from "../../data/query.ts";
import type { LogLine } from "../../data/shapes.ts";
import { path } from "../../lib/route.ts";
import { LiveLog } from "../../parts/live_log.tsx";
import { Loaded } from "../../ui/state.tsx";
import type { TabProps } from "./page.tsx";

/** What its code says, live. */
export function LogsTab({ app }: TabProps) {
  const lines = useQuery<readonly LogLine[]>(path`/api/apps/${app.id}/logs?limit=200`);
  return (
    <Loaded query={lines}>
      {(before) => (
        <LiveLog
          before={before}
          stream={path`/api/apps/${app.id}/logs/stream`}
          command={`fazt app logs ${app.name} -f`}
          older={async (id) => {
            const { call } = await import("../../data/api.ts");
            return await call<LogLine[]>(
              "GET",
              path`/api/apps/${app.id}/logs?limit=200&before=${id}`,
            );
          }}
        />
      )}
    </Loaded>
  );
}
