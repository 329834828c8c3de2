import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { asError, useAction } from "../../data/action.ts";
import { type ApiError, callRaw } from "../../data/api.ts";
import { fuzzyFilter } from "../../lib/fuzzy.ts";
import { type Operation, operationsOf } from "../../lib/openapi.ts";
import { withQuery } from "../../lib/route.ts";
import { Editor } from "../../parts/editor.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Command, CopyButton } from "../../ui/copy.tsx";
import { TextField } from "../../ui/form.tsx";
import { Card, PageHead } from "../../ui/layout.tsx";
import { Empty, ErrorNote, Loading } from "../../ui/state.tsx";

/** Every route of the API, to read and to try. */
export default function Page() {
  const operations = useSignal<readonly Operation[] | undefined>(undefined);
  const failed = useSignal<ApiError | undefined>(undefined);
  const search = useSignal("");
  const chosen = useSignal<Operation | undefined>(undefined);
  const load = async () => {
    failed.value = undefined;
    try {
      operations.value = operationsOf(await (await callRaw("/openapi.json")).json());
    } catch (error) {
      failed.value = asError(error);
    }
  };
  useEffect(() => void load(), []);
  const list = operations.value ?? [];
  const found = search.value.trim() === ""
    ? list
    : fuzzyFilter(search.value, list, (one) => `${one.method} ${one.path} ${one.summary}`);
  const tags = [...new Set(found.map(({ tag }) => tag))].sort();
  return (
    <>
      <PageHead
        title="API"
        sub="Everything this dashboard does is a route you can call yourself"
        actions={<LinkButton icon="download" href="/openapi.json" download>OpenAPI</LinkButton>}
      />
      {failed.value
        ? failed.value.status === 404
          ? (
            <Card>
              <Empty
                icon="code"
                title="This node does not describe its API"
                command="fazt server create-key NAME --scope read"
              />
            </Card>
          )
          : <ErrorNote error={failed.value} retry={() => void load()} />
        : operations.value === undefined
        ? <Loading />
        : (
          <div class="split">
            <Card flush title={`${list.length} routes`}>
              <div style={{ padding: "0.8rem" }}>
                <TextField
                  label="Search"
                  type="search"
                  value={search.value}
                  onInput={(value) => search.value = value}
                />
              </div>
              <div class="tree">
                {tags.map((tag) => (
                  <details key={tag} open={search.value !== ""}>
                    <summary>
                      <strong>{tag}</strong>
                    </summary>
                    {found.filter((one) => one.tag === tag).map((one) => (
                      <Button
                        key={`${one.method} ${one.path}`}
                        kind="plain"
                        small
                        onClick={() => chosen.value = one}
                      >
                        <Badge
                          tone={one.method === "GET"
                            ? "info"
                            : one.method === "DELETE"
                            ? "bad"
                            : "accent"}
                        >
                          {one.method}
                        </Badge>
                        <span class="mono">{one.path.replace(/^\/api/, "")}</span>
                      </Button>
                    ))}
                  </details>
                ))}
              </div>
            </Card>
            {chosen.value
              ? <Try key={`${chosen.value.method} ${chosen.value.path}`} operation={chosen.value} />
              : (
                <Card>
                  <Empty icon="code" title="Choose a route">
                    Calls from here are real and made as you.
                  </Empty>
                </Card>
              )}
          </div>
        )}
    </>
  );
}

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly text: string;
}
/** Characters of an answer that are shown. */
const MOST = 200_000;

function Try({ operation }: { readonly operation: Operation }) {
  const values = useSignal<Readonly<Record<string, string>>>({});
  const body = useSignal(
    operation.body === undefined ? "" : JSON.stringify(operation.body, null, 2),
  );
  const answer = useSignal<Answer | undefined>(undefined);
  const of = (place: "path" | "query") => operation.parameters.filter((one) => one.in === place);
  const address = withQuery(
    of("path").reduce(
      (path, { name }) =>
        path.replace(
          new RegExp(`\\{${name.replace(/\W/g, "\\$&")}\\}`),
          (values.value[name] || `{${name}}`).split("/").map(encodeURIComponent).join("/"),
        ),
      operation.path,
    ),
    Object.fromEntries(of("query").map(({ name }) => [name, values.value[name]])),
  );
  const send = useAction(async () => {
    if (operation.method === "DELETE") {
      const yes = await confirm({
        title: `DELETE ${address}?`,
        lost: ["what this route deletes"],
        confirm: "Send it",
        danger: true,
      });
      if (!yes) return;
    }
    const started = performance.now();
    const response = await fetch(address, {
      method: operation.method,
      signal: AbortSignal.timeout(60_000),
      ...operation.body === undefined
        ? {}
        : { body: body.value, headers: { "content-type": "application/json" } },
    });
    const type = response.headers.get("content-type") ?? "";
    // Streams have no end; what is no text is not shown.
    const text = /event-stream/.test(type)
      ? "(a stream: open it with curl -N)"
      : /json|text/.test(type)
      ? await response.text()
      : `(${type || "no text"})`;
    answer.value = {
      status: response.status,
      ms: Math.round(performance.now() - started),
      text: pretty(text).slice(0, MOST),
    };
  }, { quiet: true });
  const curl = `curl -X ${operation.method} -H "Authorization: Bearer $KEY"` +
    `${
      operation.body === undefined
        ? ""
        : ` --json '${body.value.replace(/\s*\n\s*/g, " ").replaceAll("'", "'\\''")}'`
    }` +
    ` '${globalThis.location.origin}${address}'`;
  return (
    <div class="stack">
      <Card
        title={<span class="wrap mono">{operation.method} {operation.path}</span>}
        actions={operation.scope && <Badge>{operation.scope}</Badge>}
      >
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void send.run();
          }}
        >
          <p>{operation.summary}</p>
          {operation.parameters.map(({ name, required, about, in: place }) => (
            <TextField
              key={`${place} ${name}`}
              label={name}
              mono
              required={required}
              hint={about || undefined}
              value={values.value[name] ?? ""}
              onInput={(value) => values.value = { ...values.value, [name]: value }}
            />
          ))}
          {operation.body !== undefined && (
            <Editor
              text={body.value}
              label="Body as JSON"
              onInput={(value) => body.value = value}
            />
          )}
          {operation.otherBody && (
            <p class="quiet small">It takes a file or a form: call it with curl.</p>
          )}
          <div class="row">
            <Button
              type="submit"
              kind="primary"
              icon="send"
              busy={send.busy}
              disabled={operation.otherBody}
            >
              Send
            </Button>
          </div>
          <Command text={curl} />
          {send.error && <ErrorNote error={send.error} />}
        </form>
      </Card>
      {answer.value && (
        <Card
          title={
            <Badge tone={answer.value.status < 400 ? "good" : "bad"}>{answer.value.status}</Badge>
          }
          actions={
            <>
              <span class="small quiet">{answer.value.ms} ms</span>
              <CopyButton text={answer.value.text} label="Copy the answer" />
            </>
          }
        >
          <pre class="block-code" tabIndex={0} aria-label="Answer">{answer.value.text}</pre>
        </Card>
      )}
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
