import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useAction } from "../data/action.ts";
import type { LogLine } from "../data/shapes.ts";
import { useStream } from "../data/stream.ts";
import { clock, dateTime } from "../lib/format.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/form.tsx";
import { Card } from "../ui/layout.tsx";
import { Empty } from "../ui/state.tsx";

const LEVELS = ["debug", "info", "warn", "error"] as const;
type Level = typeof LEVELS[number];
/** Lines kept on the page. */
const MOST = 2000;

/** A log that grows at its end while it is looked at. */
export function LiveLog(
  { before, stream, older, command }: {
    /** What was there already, oldest first. */
    readonly before: readonly LogLine[];
    /** Address of the stream. */
    readonly stream: string;
    readonly older: (before: number) => Promise<readonly LogLine[]>;
    readonly command: string;
  },
) {
  const lines = useSignal<readonly LogLine[]>(before);
  const level = useSignal<Level>("debug");
  const text = useSignal("");
  const paused = useSignal(false);
  const end = useSignal(before.length < 200);
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  const state = useStream(paused.value ? undefined : stream, (data) => {
    const line = data as LogLine;
    const now = lines.peek();
    if (now.some(({ id }) => id === line.id)) return;
    lines.value = [...now.slice(-MOST + 1), line];
  });
  const more = useAction(async () => {
    const first = lines.value[0];
    if (first === undefined) return;
    const found = await older(first.id);
    end.value = found.length === 0;
    lines.value = [...found, ...lines.value];
  });
  const least = LEVELS.indexOf(level.value);
  const wanted = text.value.toLowerCase();
  const shown = lines.value.filter((line) =>
    LEVELS.indexOf(line.level as Level) >= least &&
    (wanted === "" || line.message.toLowerCase().includes(wanted) ||
      line.requestId?.includes(wanted))
  );
  useEffect(() => {
    if (follow.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.length]);
  return (
    <div class="stack">
      <div class="filters">
        <div class="search">
          <TextField
            label="Filter"
            type="search"
            placeholder="Text or request id"
            value={text.value}
            onInput={(value) => text.value = value}
          />
        </div>
        <SelectField<Level>
          label="Level"
          value={level.value}
          options={[
            { value: "debug", text: "Everything" },
            { value: "info", text: "Info and above" },
            { value: "warn", text: "Warnings and errors" },
            { value: "error", text: "Errors only" },
          ]}
          onChange={(value) => level.value = value}
        />
        <Button icon={paused.value ? "play" : "pause"} onClick={() => paused.value = !paused.value}>
          {paused.value ? "Go on" : "Pause"}
        </Button>
      </div>
      <Card
        title="Log"
        flush
        actions={
          <span role="status">
            <Badge tone={state === "live" ? "good" : state === "off" ? "none" : "warn"}>
              {state === "live" ? "live" : state === "off" ? "paused" : "connecting"}
            </Badge>
          </span>
        }
      >
        {lines.value.length === 0
          ? (
            <Empty icon="terminal" title="No lines yet" command={command}>
              What its code writes with console.log or fazt.log appears here at once.
            </Empty>
          )
          : (
            <div
              class="log"
              ref={box}
              tabIndex={0}
              role="log"
              aria-label="Log lines"
              onScroll={(event) => {
                const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
                follow.current = scrollHeight - scrollTop - clientHeight < 40;
              }}
            >
              {!end.value && (
                <Button
                  small
                  kind="plain"
                  busy={more.busy}
                  onClick={() => void more.run()}
                >
                  Older lines
                </Button>
              )}
              {shown.map((line) => (
                <div key={line.id}>
                  <time title={dateTime(line.at)}>{clock(line.at)}</time>
                  <span
                    class={`level-${LEVELS.includes(line.level as Level) ? line.level : "info"}`}
                  >
                    {line.level}
                  </span>
                  <span>
                    {line.message}
                    {line.fields !== undefined && line.fields !== null && (
                      <span class="quiet">{JSON.stringify(line.fields)}</span>
                    )}
                    {line.requestId && <span class="quiet">{line.requestId}</span>}
                  </span>
                </div>
              ))}
              {shown.length === 0 && (
                <p class="quiet small" style={{ padding: "0 1.1rem" }}>No line fits the filter.</p>
              )}
            </div>
          )}
      </Card>
    </div>
  );
}
