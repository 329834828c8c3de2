import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import { bytes, count } from "../../lib/format.ts";
import { type Rows, SqlResult } from "../../parts/sql_result.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Check, Field } from "../../ui/form.tsx";
import { Card, Facts } from "../../ui/layout.tsx";
import { Callout, ErrorNote, Loaded } from "../../ui/state.tsx";

interface Database {
  readonly path: string;
  readonly bytes: number;
  readonly level: number;
  readonly check?: unknown;
}

/** The one file, whether it is sound, and questions to it. */
export function DatabaseTab() {
  const database = useQuery<Database>("/api/system/db");
  const check = useAction(() =>
    call<Database>("GET", "/api/system/db?check=1", { timeoutMs: 10 * 60_000 })
  );
  const found = useSignal<Database | undefined>(undefined);
  return (
    <div class="stack">
      <Card
        title="Database"
        actions={
          <Button
            small
            busy={check.busy}
            onClick={async () => found.value = await check.run()}
          >
            Check it
          </Button>
        }
      >
        <Loaded query={database}>
          {(data) => (
            <Facts
              items={[
                ["File", <span key="f" class="mono wrap">{data.path}</span>],
                ["Size", bytes(data.bytes)],
                ["Schema", String(data.level)],
                found.value !== undefined &&
                ["Check", <span key="c" class="mono wrap">{words(found.value.check)}</span>],
              ]}
            />
          )}
        </Loaded>
      </Card>
      {isAdmin.value && <Sql />}
    </div>
  );
}

function words(check: unknown): string {
  return typeof check === "string"
    ? check
    : Array.isArray(check) && check.length === 0
    ? "sound"
    : JSON.stringify(check);
}

function Sql() {
  const sql = useSignal("SELECT name, created_at FROM apps LIMIT 20");
  const write = useSignal(false);
  const found = useSignal<Rows | undefined>(undefined);
  const changes = useSignal<number | undefined>(undefined);
  const ask = useAction(async () => {
    if (write.value) {
      const yes = await confirm({
        title: "Change the database by hand?",
        text: "The node does not check what this means. Make a backup first.",
        lost: ["whatever the statement changes or deletes; nothing undoes it"],
        confirm: "Run it",
        danger: true,
      });
      if (!yes) return;
      const done = await call<{ changes: number }>("POST", "/api/sql", {
        body: { sql: sql.value, write: true },
        timeoutMs: 60_000,
      });
      [found.value, changes.value] = [undefined, done.changes];
    } else {
      found.value = await call<Rows>("POST", "/api/sql", {
        body: { sql: sql.value },
        timeoutMs: 60_000,
      });
      changes.value = undefined;
    }
  }, { quiet: true });
  return (
    <>
      <Card title="Ask the database">
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void ask.run();
          }}
        >
          <Field label="SQL" hint="Secrets, keys and sessions are hidden">
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
            <Button type="submit" kind={write.value ? "danger primary" : "primary"} busy={ask.busy}>
              {write.value ? "Change" : "Ask"}
            </Button>
            <Check checked={write.value} onChange={(checked) => write.value = checked}>
              It may write
            </Check>
          </div>
          {ask.error && <ErrorNote error={ask.error} />}
          {changes.value !== undefined && (
            <Callout kind="good">{count(changes.value)} rows changed</Callout>
          )}
        </form>
      </Card>
      {found.value && <SqlResult rows={found.value} />}
    </>
  );
}
