import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import { path } from "../../lib/route.ts";
import { type Rows, SqlResult } from "../../parts/sql_result.tsx";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/form.tsx";
import { Card } from "../../ui/layout.tsx";
import { Empty, ErrorNote, Loaded } from "../../ui/state.tsx";
import type { TabProps } from "./page.tsx";

interface Tables {
  readonly tables: readonly {
    readonly name: string;
    readonly columns: unknown;
  }[];
}

/** SQL tables, and questions to them. */
export function RdBrowser({ app }: TabProps) {
  const tables = useQuery<Tables>(path`/api/storage/${app.id}/rd`);
  const sql = useSignal("");
  const ask = useAction(
    (text: string) =>
      call<Rows>("POST", path`/api/storage/${app.id}/rd/query`, { body: { sql: text } }),
    { quiet: true },
  );
  const found = useSignal<Rows | undefined>(undefined);
  const run = async (text: string) => {
    sql.value = text;
    found.value = await ask.run(text);
  };
  return (
    <Loaded query={tables}>
      {({ tables }) =>
        tables.length === 0
          ? (
            <Card>
              <Empty icon="database" title="No tables yet">
                Code makes them with <code>fazt.storage.rd.define("table", schema)</code>.
              </Empty>
            </Card>
          )
          : (
            <div class="stack">
              <Card title="Tables" flush>
                <ul class="list">
                  {tables.map(({ name, columns }) => (
                    <li key={name}>
                      <span class="grow">
                        <code>{name}</code> <span class="small quiet">{columnNames(columns)}</span>
                      </span>
                      {isAdmin.value && (
                        <Button
                          small
                          onClick={() => void run(`SELECT * FROM "${name}" LIMIT 100`)}
                        >
                          Rows
                        </Button>
                      )}
                    </li>
                  ))}
                </ul>
              </Card>
              {isAdmin.value && (
                <Card title="Ask">
                  <form
                    class="form"
                    onSubmit={(event) => {
                      event.preventDefault();
                      void run(sql.value);
                    }}
                  >
                    <Field label="SQL" hint="One SELECT; it reads the rows of the whole app">
                      {(field) => (
                        <textarea
                          {...field}
                          class="input mono"
                          spellcheck={false}
                          value={sql.value}
                          onInput={(event) => sql.value = event.currentTarget.value}
                        />
                      )}
                    </Field>
                    <div class="row">
                      <Button
                        type="submit"
                        kind="primary"
                        busy={ask.busy}
                        disabled={sql.value.trim() === ""}
                      >
                        Ask
                      </Button>
                    </div>
                    {ask.error && <ErrorNote error={ask.error} />}
                  </form>
                </Card>
              )}
              {found.value && <SqlResult rows={found.value} />}
            </div>
          )}
    </Loaded>
  );
}

function columnNames(columns: unknown): string {
  const names = Array.isArray(columns)
    ? columns.map((one) =>
      typeof one === "string" ? one : String((one as { name?: unknown }).name ?? "")
    )
    : typeof columns === "object" && columns !== null
    ? Object.keys(columns)
    : [];
  return names.join(", ");
}
