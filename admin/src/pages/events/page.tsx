import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { usePaged } from "../../data/paged.ts";
import { useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import type { App, BusEvent } from "../../data/shapes.ts";
import { useStream } from "../../data/stream.ts";
import { dateTime } from "../../lib/format.ts";
import { path, withQuery } from "../../lib/route.ts";
import type { PageProps } from "../../pages.ts";
import { Editor } from "../../parts/editor.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Check, Form, SelectField, TextField } from "../../ui/form.tsx";
import { Card, PageHead } from "../../ui/layout.tsx";
import { PagedList } from "../../ui/paged.tsx";
import { Empty } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Time } from "../../ui/time.tsx";

const MOST = 500;
const PAGE = 100;

/** What apps and the node tell each other. */
export default function Page({ params }: PageProps) {
  const tab = params.tab ?? "live";
  const emitting = useSignal(false);
  return (
    <>
      <PageHead
        title="Events"
        sub="What apps and the node tell each other"
        actions={isAdmin.value && (
          <Button icon="send" onClick={() => emitting.value = true}>Emit one</Button>
        )}
      />
      <Tabs
        label="Events"
        current={tab}
        tabs={[
          { id: "live", text: "Live", href: "/events" },
          { id: "history", text: "History", href: "/events/history" },
          { id: "deliveries", text: "Deliveries", href: "/events/deliveries" },
        ]}
      />
      {tab === "history" ? <History /> : tab === "deliveries" ? <Deliveries /> : <Live />}
      {emitting.value && <EmitDialog onClose={() => emitting.value = false} />}
    </>
  );
}

function Pattern(
  { value, onInput }: { readonly value: string; readonly onInput: (value: string) => void },
) {
  return (
    <div class="filters">
      <div class="search">
        <TextField
          label="Pattern"
          mono
          placeholder="app:shop.order.* or system.*"
          value={value}
          onInput={onInput}
        />
      </div>
    </div>
  );
}

function EventTable({ events }: { readonly events: readonly BusEvent[] }) {
  return (
    <Table
      caption="Events, newest first"
      rows={events}
      rowKey={({ id }) => id}
      columns={[
        {
          title: "Type",
          cell: (event) => (
            <>
              <code>{event.type}</code>
              <div class="small quiet mono wrap">{JSON.stringify(event.data)?.slice(0, 400)}</div>
            </>
          ),
        },
        { title: "From", cell: ({ source }) => source, kind: "tight" },
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
  );
}

function Live() {
  const pattern = useSignal("");
  const asked = useSignal("*");
  const events = useSignal<readonly BusEvent[]>([]);
  const dropped = useSignal(0);
  const state = useStream(withQuery("/api/events/stream", { type: asked.value }), (data) => {
    const event = data as BusEvent;
    dropped.value += event.dropped ?? 0;
    events.value = [event, ...events.peek()].slice(0, MOST);
  });
  return (
    <div class="stack">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          events.value = [];
          asked.value = pattern.value.trim() || "*";
        }}
      >
        <Pattern value={pattern.value} onInput={(value) => pattern.value = value} />
      </form>
      <Card
        title="Now"
        flush
        actions={
          <span role="status">
            <Badge tone={state === "live" ? "good" : "warn"}>
              {state === "live" ? "live" : "connecting"}
            </Badge>
          </span>
        }
        footer={dropped.value > 0 && `${dropped.value} events came too fast to be shown`}
      >
        {events.value.length === 0
          ? (
            <Empty icon="bolt" title="Waiting for events" command="fazt events watch">
              Code emits with <code>fazt.events.emit("order.completed", data)</code>.
            </Empty>
          )
          : <EventTable events={events.value} />}
      </Card>
    </div>
  );
}

function History() {
  const pattern = useSignal("");
  const list = usePaged<BusEvent>(
    withQuery("/api/events", { type: pattern.value.trim(), limit: PAGE }),
    (data) => {
      const { items, before } = data as { items: BusEvent[]; before?: number };
      return { items, next: before === undefined ? undefined : { before } };
    },
  );
  return (
    <div class="stack">
      <Pattern value={pattern.value} onInput={(value) => pattern.value = value} />
      <Card flush>
        <PagedList
          list={list}
          empty={
            <Empty icon="history" title="Nothing was kept">
              Only events that are emitted to persist are kept.
            </Empty>
          }
        >
          {(events) => <EventTable events={events} />}
        </PagedList>
      </Card>
    </div>
  );
}

interface Delivery {
  readonly id: number;
  readonly type: string;
  readonly appId: string;
  readonly handler: string;
  readonly state: "pending" | "dead";
  readonly attempts: number;
  readonly nextAt: number;
  readonly error?: { readonly code: string; readonly message: string };
}

function Deliveries() {
  const state = useSignal<"" | "pending" | "dead">("");
  const apps = useQuery<readonly App[]>("/api/apps");
  const nameOf = (id: string) => apps.data?.find((app) => app.id === id)?.name ?? id;
  const list = usePaged<Delivery>(
    withQuery("/api/events/deliveries", { state: state.value, limit: PAGE }),
    (data) => {
      const items = data as Delivery[];
      const last = items.at(-1);
      return { items, next: items.length < PAGE || !last ? undefined : { before: last.id } };
    },
  );
  const retry = useAction(async (id: number) => {
    await call("POST", path`/api/events/deliveries/${id}/retry`, { body: {} });
    await list.refresh();
  }, { done: "It is tried again" });
  return (
    <div class="stack">
      <div class="row">
        <SelectField
          label="State"
          value={state.value}
          options={[{ value: "", text: "All" }, { value: "pending", text: "Waiting" }, {
            value: "dead",
            text: "Given up",
          }]}
          onChange={(value) => state.value = value}
        />
      </div>
      <Card flush>
        <PagedList
          list={list}
          empty={
            <Empty icon="check" title="Nothing is owed">
              Every event reached those who asked for it.
            </Empty>
          }
        >
          {(rows) => (
            <Table
              caption="Deliveries"
              rows={rows}
              rowKey={({ id }) => id}
              columns={[
                {
                  title: "Event",
                  cell: (one) => (
                    <>
                      <code>{one.type}</code>
                      <div class="small quiet">to {nameOf(one.appId)}, {one.handler}</div>
                    </>
                  ),
                },
                {
                  title: "State",
                  cell: (one) => (
                    <Badge tone={one.state === "dead" ? "bad" : "info"}>
                      {one.state === "dead" ? "given up" : "waits"}
                    </Badge>
                  ),
                  kind: "tight",
                },
                { title: "Attempts", cell: ({ attempts }) => attempts, kind: "end" },
                {
                  title: "Why",
                  cell: ({ error }) => error ? `${error.code}: ${error.message}` : "",
                },
                {
                  title: "Actions",
                  kind: "actions",
                  cell: (one) =>
                    one.state === "dead" && (
                      <Button
                        small
                        icon="refresh"
                        busy={retry.busy}
                        onClick={() => void retry.run(one.id)}
                      >
                        Try again
                      </Button>
                    ),
                },
              ]}
            />
          )}
        </PagedList>
      </Card>
    </div>
  );
}

function EmitDialog({ onClose }: { readonly onClose: () => void }) {
  const apps = useQuery<readonly App[]>("/api/apps");
  const app = useSignal("");
  const type = useSignal("");
  const text = useSignal("{}");
  const persist = useSignal(false);
  const emit = useAction(async () => {
    const body = {
      app: app.value || apps.data?.[0]?.id,
      type: type.value,
      data: JSON.parse(text.value),
      persist: persist.value,
    };
    await call("POST", "/api/events", { body });
    onClose();
  }, { quiet: true, done: "Emitted" });
  return (
    <Dialog title="Emit an event" onClose={onClose}>
      <Form
        submit="Emit"
        busy={emit.busy}
        error={emit.error}
        onCancel={onClose}
        onSubmit={() => void emit.run()}
      >
        <SelectField
          label="In the name of"
          value={app.value || (apps.data?.[0]?.id ?? "")}
          options={(apps.data ?? []).map(({ id, name }) => ({ value: id, text: name }))}
          onChange={(value) => app.value = value}
        />
        <TextField
          label="Type"
          mono
          required
          placeholder="order.completed"
          wrong={emit.error?.field("type")}
          value={type.value}
          onInput={(value) => type.value = value}
        />
        <Editor text={text.value} label="Data as JSON" onInput={(value) => text.value = value} />
        <Check checked={persist.value} onChange={(checked) => persist.value = checked}>
          Keep it in the history
        </Check>
      </Form>
    </Dialog>
  );
}
