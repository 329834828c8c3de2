import { useSignal } from "@preact/signals";
import { useAction } from "../data/action.ts";
import { call } from "../data/api.ts";
import { invalidate, useQuery } from "../data/query.ts";
import type { App } from "../data/shapes.ts";
import { dateTime } from "../lib/format.ts";
import { path } from "../lib/route.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { confirm } from "../ui/confirm.tsx";
import { CopyButton } from "../ui/copy.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Check, Form, SelectField, TextField } from "../ui/form.tsx";
import { Card } from "../ui/layout.tsx";
import { OutLink } from "../ui/link.tsx";
import { Callout, Empty, Loaded } from "../ui/state.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";

/** A domain of the owner (`/api/domains`). */
export interface Domain {
  readonly id: string;
  readonly domain: string;
  readonly unicode?: string;
  readonly appId: string;
  readonly app: string;
  readonly role: "serve" | "redirect";
  readonly primary: boolean;
  readonly state: "pending" | "active" | "broken";
  readonly url: string;
  readonly createdAt: number;
  readonly checkedAt?: number;
  readonly check?: { readonly problem?: string };
  readonly records: readonly {
    readonly type: string;
    readonly name: string;
    readonly value: string;
    readonly why: string;
    readonly seen: boolean;
  }[];
  readonly warnings: readonly string[];
  readonly certificate?: {
    readonly state?: string;
    readonly notAfter?: number;
    readonly message?: string;
  };
}

/** Domains, with what is still to do for each. */
export function DomainList(
  { source, app, apps = [] }: {
    /** The address of the list. */
    readonly source: string;
    /** Whose domains; absent: everybody's, and `apps` to choose from. */
    readonly app?: App;
    readonly apps?: readonly App[];
  },
) {
  const domains = useQuery<readonly Domain[]>(source, { every: 15_000 });
  const adding = useSignal(false);
  const verify = useAction(async (domain: string) => {
    await call("POST", path`/api/domains/${domain}/verify`, { body: {}, timeoutMs: 60_000 });
    await invalidate("/api/domains", "/api/apps");
  });
  const change = useAction(async (domain: string, body: object) => {
    await call("PATCH", path`/api/domains/${domain}`, { body });
    await invalidate("/api/domains", "/api/apps");
  }, { done: "The domain is changed" });
  const remove = useAction(async (domain: string) => {
    await call("DELETE", path`/api/domains/${domain}`);
    await invalidate("/api/domains", "/api/apps");
  }, { done: "The domain is no longer mapped" });
  return (
    <Card
      title="Domains"
      flush
      actions={<Button small icon="plus" onClick={() => adding.value = true}>Add a domain</Button>}
    >
      <Loaded
        query={domains}
        missing={
          <Empty icon="globe" title="This node has no domains of its own">
            It answers at labels only.
          </Empty>
        }
      >
        {(list) =>
          list.length === 0
            ? (
              <Empty
                icon="globe"
                title="No domains yet"
                command={`fazt net domain map example.com --app ${app?.name ?? "APP"}`}
              >
                Let an app answer at a domain you own. The node says what to put into its DNS,
                checks it and gets a certificate.
              </Empty>
            )
            : list.map((one) => (
              <DomainItem
                key={one.domain}
                domain={one}
                showApp={app === undefined}
                busy={verify.busy}
                onVerify={() => void verify.run(one.domain)}
                onPrimary={() => void change.run(one.domain, { primary: true })}
                onRole={() =>
                  void change.run(one.domain, {
                    role: one.role === "serve" ? "redirect" : "serve",
                  })}
                onRemove={async () => {
                  const yes = await confirm({
                    title: `Remove ${one.unicode ?? one.domain}?`,
                    text: `The app ${one.app} stays; its other addresses too.`,
                    lost: [`visitors of ${one.domain} no longer reach ${one.app}`],
                    confirm: "Remove",
                    danger: true,
                  });
                  if (yes) await remove.run(one.domain);
                }}
              />
            ))}
      </Loaded>
      {adding.value && (
        <AddDomain
          {...app ? { app } : {}}
          apps={apps}
          onClose={() => adding.value = false}
        />
      )}
    </Card>
  );
}

function DomainItem(
  { domain, showApp, busy, onVerify, onPrimary, onRole, onRemove }: {
    readonly domain: Domain;
    readonly showApp: boolean;
    readonly busy: boolean;
    readonly onVerify: () => void;
    readonly onPrimary: () => void;
    readonly onRole: () => void;
    readonly onRemove: () => void;
  },
) {
  const { state, certificate } = domain;
  const tone = state === "active" ? "good" : state === "broken" ? "bad" : "warn";
  const words =
    { active: "works", pending: "waits for the DNS", broken: "DNS no longer fits" }[state];
  return (
    <details class="domain" open={state !== "active"}>
      <summary class="row" style={{ padding: "0.7rem 1.1rem", cursor: "pointer" }}>
        <strong class="grow wrap">{domain.unicode ?? domain.domain}</strong>
        {showApp && <span class="quiet">{domain.app}</span>}
        {domain.primary && <Badge>primary</Badge>}
        {domain.role === "redirect" && <Badge>redirects</Badge>}
        <Badge tone={tone}>{words}</Badge>
      </summary>
      <div class="stack" style={{ padding: "0 1.1rem 1.1rem" }}>
        {domain.check?.problem && (
          <Callout kind="warn" title="What the check saw">{domain.check.problem}</Callout>
        )}
        {domain.warnings.map((warning) => <Callout kind="warn" key={warning}>{warning}</Callout>)}
        {domain.records.length > 0 && (
          <>
            <p class="small">Put one of these into the DNS of the domain:</p>
            <Table
              caption="DNS records"
              rows={domain.records}
              rowKey={({ type, name, value }) => `${type} ${name} ${value}`}
              columns={[
                { title: "Type", cell: ({ type }) => <code>{type}</code>, kind: "tight" },
                { title: "Name", cell: ({ name }) => <code>{name}</code> },
                {
                  title: "Value",
                  cell: ({ value }) => (
                    <>
                      <code>{value}</code> <CopyButton text={value} label={`Copy ${value}`} />
                    </>
                  ),
                },
                { title: "Why", cell: ({ why }) => <span class="small quiet">{why}</span> },
                {
                  title: "Seen",
                  cell: ({ seen }) => (
                    <Badge tone={seen ? "good" : "none"}>{seen ? "seen" : "not yet"}</Badge>
                  ),
                  kind: "tight",
                },
              ]}
            />
          </>
        )}
        <p class="small quiet">
          <OutLink href={domain.url} /> · checked <Time at={domain.checkedAt} />
          {certificate && (
            <>
              {" · "}certificate: {certificate.notAfter
                ? <>{certificate.state}, until {dateTime(certificate.notAfter)}</>
                : certificate.message ?? certificate.state}
            </>
          )}
        </p>
        <div class="row">
          <Button small icon="refresh" busy={busy} onClick={onVerify}>Check now</Button>
          {!domain.primary && <Button small onClick={onPrimary}>Make it primary</Button>}
          <Button small onClick={onRole}>
            {domain.role === "serve" ? "Redirect to the primary" : "Serve the app"}
          </Button>
          <Button small kind="danger" icon="trash" onClick={onRemove}>Remove</Button>
        </div>
      </div>
    </details>
  );
}

function AddDomain(
  { app, apps, onClose }: {
    readonly app?: App;
    readonly apps: readonly App[];
    readonly onClose: () => void;
  },
) {
  const domain = useSignal("");
  const target = useSignal(app?.id ?? apps[0]?.id ?? "");
  const redirect = useSignal(false);
  const add = useAction(async () => {
    await call("POST", "/api/domains", {
      body: {
        domain: domain.value.trim(),
        app: target.value,
        role: redirect.value ? "redirect" : "serve",
      },
      timeoutMs: 60_000,
    });
    await invalidate("/api/domains", "/api/apps");
    onClose();
  }, { quiet: true, done: "The domain is mapped; now its DNS" });
  return (
    <Dialog title="Add a domain" onClose={onClose}>
      <Form
        submit="Add"
        busy={add.busy}
        error={add.error}
        onCancel={onClose}
        onSubmit={() => void add.run()}
      >
        <TextField
          label="Domain"
          mono
          required
          autofocus
          placeholder="example.com"
          wrong={add.error?.field("domain")}
          value={domain.value}
          onInput={(value) => domain.value = value}
        />
        {app === undefined && (
          <SelectField
            label="App"
            value={target.value}
            options={apps.map(({ id, name }) => ({ value: id, text: name }))}
            onChange={(value) => target.value = value}
          />
        )}
        <Check checked={redirect.value} onChange={(checked) => redirect.value = checked}>
          Redirect to the app's primary domain instead of serving it here
        </Check>
      </Form>
    </Dialog>
  );
}
