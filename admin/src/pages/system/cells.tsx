import { useQuery } from "../../data/query.ts";
import type { AppStatus } from "../../data/shapes.ts";
import { bytes, count, duration } from "../../lib/format.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Card } from "../../ui/layout.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";

type Cell = AppStatus & { readonly appId: string; readonly name: string };

/** Apps whose code runs, sleeps or failed. */
export function Cells() {
  const cells = useQuery<readonly Cell[]>("/api/system/cells", { every: 3000 });
  return (
    <Card flush>
      <Loaded query={cells}>
        {(list) =>
          list.length === 0
            ? (
              <Empty icon="chip" title="No app has server code" command="fazt server cells">
                An app with an api/main.ts runs in a cell of its own.
              </Empty>
            )
            : (
              <Table
                caption="Cells"
                rows={list}
                rowKey={({ appId }) => appId}
                columns={[
                  {
                    title: "App",
                    cell: (one) => (
                      <>
                        <a class="main-link" href={path`/apps/${one.name}`}>{one.name}</a>
                        {one.lastFailure && <div class="small wrap">{one.lastFailure}</div>}
                      </>
                    ),
                  },
                  {
                    title: "State",
                    cell: ({ state }) => (
                      <Badge
                        tone={state === "backoff" ? "bad" : state === "cold" ? "none" : "good"}
                      >
                        {state}
                      </Badge>
                    ),
                    kind: "tight",
                  },
                  { title: "Isolates", cell: ({ isolates }) => isolates, kind: "end" },
                  {
                    title: "Running / waiting",
                    cell: (one) => `${one.inFlight} / ${one.waiting}`,
                    kind: "end",
                  },
                  { title: "Calls", cell: ({ requests }) => count(requests), kind: "end" },
                  { title: "Failed", cell: ({ errors }) => count(errors), kind: "end" },
                  { title: "Restarts", cell: ({ restarts }) => restarts, kind: "end" },
                  {
                    title: "Memory",
                    cell: (one) => bytes(one.heapBytes + one.externalBytes),
                    kind: "end",
                  },
                  { title: "Processor", cell: ({ cpuMs }) => duration(cpuMs), kind: "end" },
                ]}
              />
            )}
      </Loaded>
    </Card>
  );
}
