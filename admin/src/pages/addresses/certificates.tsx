import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import type { Attention } from "../../data/shapes.ts";
import { dateTime, short } from "../../lib/format.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Form, TextField } from "../../ui/form.tsx";
import { Card, Facts } from "../../ui/layout.tsx";
import { Callout, Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

interface Certificate {
  readonly name: string;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly state: "valid" | "due" | "expired" | "revoked";
  readonly serial: string;
  readonly notAfter: number;
  readonly renewAt?: number;
  readonly problem?: { readonly message: string; readonly nextAt: number };
}

interface Answer {
  readonly issuer: {
    readonly kind: string;
    readonly directory?: string;
    readonly email?: string;
    readonly budget?: Readonly<
      Record<"hour" | "week", { readonly used: number; readonly max: number }>
    >;
  };
  readonly certificates: readonly Certificate[];
  readonly waiting: readonly {
    readonly name: string;
    readonly message: string;
    readonly nextAt: number;
    readonly failures: number;
  }[];
  readonly attention: readonly Attention[];
}
const ISSUE_MS = 5 * 60_000;

/** Certificates of every name, and what hinders those that are not there. */
export function Certificates() {
  const query = useQuery<Answer>("/api/certificates", { every: 15_000 });
  const name = useSignal("");
  const fresh = () => invalidate("/api/certificates", "/api/domains");
  const issue = useAction(async () => {
    await call("POST", "/api/certificates", {
      body: { name: name.value.trim() },
      timeoutMs: ISSUE_MS,
    });
    name.value = "";
    await fresh();
  }, { quiet: true, done: "The certificate is there" });
  const renew = useAction(async (of: string) => {
    await call("POST", path`/api/certificates/${of}/renew`, { body: {}, timeoutMs: ISSUE_MS });
    await fresh();
  }, { done: "Renewed" });
  const revoke = useAction(async (of: string) => {
    await call("POST", path`/api/certificates/${of}/revoke`, { body: {}, timeoutMs: ISSUE_MS });
    await fresh();
  }, { done: "Revoked" });
  return (
    <Loaded
      query={query}
      missing={
        <Card>
          <Empty icon="lock" title="This node has no certificates">It speaks plain HTTP.</Empty>
        </Card>
      }
    >
      {({ issuer, certificates, waiting, attention }) => (
        <div class="stack">
          {attention.map((one) => (
            <Callout key={`${one.code} ${one.target}`} kind="warn" title={one.message}>
              {one.hint}
            </Callout>
          ))}
          <Card title="Certificates" flush>
            {certificates.length === 0
              ? (
                <Empty
                  icon="lock"
                  title="No certificates yet"
                  command="fazt net cert issue example.com"
                >
                  The first visit over HTTPS, or a mapped domain, gets one by itself.
                </Empty>
              )
              : (
                <Table
                  caption="Certificates"
                  rows={certificates}
                  rowKey={({ name, serial }) => `${name} ${serial}`}
                  columns={[
                    {
                      title: "Name",
                      cell: (one) => (
                        <>
                          <strong class="wrap">{one.name}</strong>
                          {one.names.length > 1 && (
                            <div class="small quiet wrap">{one.names.join(", ")}</div>
                          )}
                          {one.problem && <div class="small">{one.problem.message}</div>}
                        </>
                      ),
                    },
                    {
                      title: "State",
                      cell: ({ state }) => (
                        <Badge tone={state === "valid" ? "good" : state === "due" ? "info" : "bad"}>
                          {state}
                        </Badge>
                      ),
                      kind: "tight",
                    },
                    { title: "By", cell: ({ issuer }) => issuer, kind: "tight" },
                    { title: "Until", cell: ({ notAfter }) => dateTime(notAfter) },
                    {
                      title: "Renews",
                      cell: ({ renewAt }) => renewAt === undefined ? "" : <Time at={renewAt} />,
                    },
                    {
                      title: "Serial",
                      cell: ({ serial }) => <code title={serial}>{short(serial, 10)}</code>,
                    },
                    {
                      title: "Actions",
                      kind: "actions",
                      cell: (one) => (
                        <>
                          <Button
                            small
                            busy={renew.busy}
                            onClick={() => void renew.run(one.name)}
                          >
                            Renew
                          </Button>{" "}
                          <Button
                            small
                            kind="danger"
                            onClick={async () => {
                              if (
                                await confirm({
                                  title: `Revoke the certificate of ${one.name}?`,
                                  text: "A new one is ordered at once.",
                                  lost: ["trust in this certificate, for good"],
                                  confirm: "Revoke",
                                  danger: true,
                                })
                              ) await revoke.run(one.name);
                            }}
                          >
                            Revoke
                          </Button>
                        </>
                      ),
                    },
                  ]}
                />
              )}
          </Card>
          {waiting.length > 0 && (
            <Card title="Waiting" flush>
              <ul class="list">
                {waiting.map((one) => (
                  <li key={one.name}>
                    <span class="grow">
                      <strong>{one.name}</strong> {one.message}
                    </span>
                    <span class="small quiet">
                      failed {one.failures} times; again <Time at={one.nextAt} />
                    </span>
                  </li>
                ))}
              </ul>
            </Card>
          )}
          <div class="columns">
            <Card title="Issuer">
              <Facts
                items={[
                  ["Kind", issuer.kind],
                  issuer.directory !== undefined &&
                  ["Directory", <span key="d" class="mono wrap">{issuer.directory}</span>],
                  issuer.email !== undefined && ["Contact", issuer.email],
                  issuer.budget !== undefined &&
                  [
                    "Orders",
                    `${issuer.budget.hour.used} of ${issuer.budget.hour.max} this hour, ${issuer.budget.week.used} of ${issuer.budget.week.max} this week`,
                  ],
                  ["Settings", <a key="s" href="/settings?q=acme">issuer and challenges</a>],
                ]}
              />
            </Card>
            <Card title="Order one">
              <Form
                submit="Order"
                busy={issue.busy}
                error={issue.error}
                onSubmit={() => void issue.run()}
              >
                <TextField
                  label="Name"
                  mono
                  required
                  placeholder="example.com"
                  wrong={issue.error?.field("name")}
                  value={name.value}
                  onInput={(value) => name.value = value}
                />
              </Form>
            </Card>
          </div>
        </div>
      )}
    </Loaded>
  );
}
