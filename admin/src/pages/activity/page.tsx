import { useSignal } from "@preact/signals";
import { usePaged } from "../../data/paged.ts";
import { location, setQuery } from "../../data/location.ts";
import type { Activity } from "../../data/shapes.ts";
import { dateTime } from "../../lib/format.ts";
import { withQuery } from "../../lib/route.ts";
import { activityWords } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { LinkButton } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/form.tsx";
import { Card, PageHead } from "../../ui/layout.tsx";
import { PagedList } from "../../ui/paged.tsx";
import { Empty } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

const PAGE = 100;

/** Every change of the node: who, from where, what, how it ended. */
export default function Page() {
  const query = location.query.value;
  const text = useSignal(query.get("q") ?? "");
  const actor = useSignal(query.get("actor") ?? "");
  const action = useSignal(query.get("action") ?? "");
  const result = useSignal(query.get("result") ?? "");
  const filters = { q: text.value, actor: actor.value, action: action.value, result: result.value };
  const rows = usePaged<Activity>(
    withQuery("/api/activity", { ...filters, limit: PAGE }),
    (data, meta) => {
      const items = data as Activity[];
      const { before = items.length < PAGE ? undefined : items.at(-1)?.id } = (meta ?? {}) as {
        before?: number;
      };
      return { items, next: before === undefined ? undefined : { before } };
    },
  );
  const change = (name: string, set: (value: string) => void) => (value: string) => {
    set(value);
    setQuery({ [name]: value });
  };
  return (
    <>
      <PageHead
        title="Activity"
        sub="Every change of this node: who, from where, what"
        actions={
          <>
            <LinkButton icon="download" href={withQuery("/api/activity.csv", filters)} download>
              CSV
            </LinkButton>
            <LinkButton icon="download" href={withQuery("/api/activity.ndjson", filters)} download>
              JSON lines
            </LinkButton>
          </>
        }
      />
      <div class="stack">
        <div class="filters">
          <div class="search">
            <TextField
              label="Search"
              type="search"
              value={text.value}
              onInput={change("q", (value) => text.value = value)}
            />
          </div>
          <TextField
            label="Who"
            value={actor.value}
            onInput={change("actor", (value) => actor.value = value)}
          />
          <TextField
            label="Action begins with"
            mono
            placeholder="app."
            value={action.value}
            onInput={change("action", (value) => action.value = value)}
          />
          <SelectField
            label="Result"
            value={result.value}
            options={[{ value: "", text: "All" }, { value: "ok", text: "Worked" }, {
              value: "failed",
              text: "Failed",
            }]}
            onChange={change("result", (value) => result.value = value)}
          />
        </div>
        <Card flush>
          <PagedList
            list={rows}
            empty={
              <Empty icon="list" title="Nothing fits" command="fazt activity list">
                Every change is kept here for a year.
              </Empty>
            }
          >
            {(list) => (
              <Table
                caption="Activity, newest first"
                rows={list}
                rowKey={({ id }) => id}
                columns={[
                  {
                    title: "What",
                    cell: (row) => (
                      <>
                        {activityWords(row.action)}{" "}
                        {row.target && <strong class="wrap">{row.target}</strong>}
                        {row.details !== undefined && row.details !== null && (
                          <div class="small quiet mono wrap">
                            {JSON.stringify(row.details).slice(0, 300)}
                          </div>
                        )}
                      </>
                    ),
                  },
                  {
                    title: "Who",
                    cell: (row) => (
                      <>
                        {row.actor} {row.address && <span class="small quiet">{row.address}</span>}
                      </>
                    ),
                  },
                  {
                    title: "Result",
                    cell: ({ result }) => (
                      <Badge tone={result === "ok" ? "good" : "bad"}>{result}</Badge>
                    ),
                    kind: "tight",
                  },
                  {
                    title: "When",
                    cell: ({ at }) => (
                      <span title={dateTime(at)}>
                        <Time at={at} />
                      </span>
                    ),
                    kind: "tight",
                  },
                ]}
              />
            )}
          </PagedList>
        </Card>
      </div>
    </>
  );
}
