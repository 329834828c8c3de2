import { useHealth } from "../../data/node.ts";
import { bytes, count, dateTime, duration, plural } from "../../lib/format.ts";
import { LinkButton } from "../../ui/button.tsx";
import { Card, Facts, Stats } from "../../ui/layout.tsx";
import { Loaded } from "../../ui/state.tsx";

/** How the process and its machine are. */
export function Overview() {
  const health = useHealth();
  return (
    <Loaded query={health}>
      {({ machine, memory, cache, runner, ...node }) => (
        <div class="stack">
          <Stats
            items={[
              {
                label: "Resident memory",
                value: bytes(memory.rss),
                note: `of ${bytes(memory.limit)}`,
                share: memory.rss / memory.limit,
              },
              { label: "JavaScript heap", value: bytes(memory.heapUsed), note: "of the kernel" },
              ...machine
                ? [
                  {
                    label: "Machine's memory",
                    value: bytes(machine.memory.available),
                    note: `free of ${bytes(machine.memory.total)}`,
                    share: 1 - machine.memory.available / machine.memory.total,
                  },
                  {
                    label: "Load",
                    value: machine.load.map((load) => load.toFixed(2)).join(" "),
                    note: `1, 5, 15 min; ${plural(machine.cores, "core")}`,
                  },
                  {
                    label: "Disk",
                    value: bytes(machine.disk.total - machine.disk.used),
                    note: `free of ${bytes(machine.disk.total)}`,
                    share: machine.disk.used / machine.disk.total,
                  },
                ]
                : [],
              {
                label: "File cache",
                value: bytes(cache.bytes),
                note: `${count(cache.entries)} files, of ${bytes(cache.limit)}`,
                share: cache.bytes / cache.limit,
              },
              {
                label: "Isolates",
                value: count(runner.isolates),
                note: `${plural(runner.realms, "realm")}, ${plural(runner.spares, "spare")}`,
              },
            ]}
          />
          <Card
            title="Node"
            actions={
              <LinkButton small icon="download" href="/api/system/metrics" download="metrics.txt">
                Metrics
              </LinkButton>
            }
          >
            <Facts
              items={[
                ["Version", node.version],
                ["Mode", `${node.mode}${node.modeReason ? `: ${node.modeReason}` : ""}`],
                ["Address", node.url],
                ["Domain", node.domain],
                ["Started", dateTime(node.startedAt)],
                ["Up", duration(node.uptimeMs)],
                [
                  "Database",
                  <span key="d" class="mono wrap">
                    {node.database.path}, {bytes(node.database.bytes)}
                  </span>,
                ],
              ]}
            />
          </Card>
        </div>
      )}
    </Loaded>
  );
}
