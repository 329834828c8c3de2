import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { bytes, count, percent, short } from "../../lib/format.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Command } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Check, Form, TextField } from "../../ui/form.tsx";
import { Card, Facts, Meter, PageHead } from "../../ui/layout.tsx";
import { Callout, Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

interface Backup {
  readonly id: string;
  readonly createdAt: number;
  readonly version: string;
  readonly size: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly encrypted: boolean;
  readonly counts: Readonly<Record<string, number>>;
}

interface Progress {
  readonly id: string;
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

interface Backups {
  readonly place: string;
  readonly encrypted: boolean;
  readonly schedule: string;
  readonly nextAt?: number;
  readonly running?: Progress | null;
  readonly backups: readonly Backup[];
}

/** Whole copies of the node. */
export default function Page() {
  const backups = useQuery<Backups>("/api/backups", { every: 15_000 });
  const progress = useQuery<{ running: Progress | null }>("/api/backups/progress", { every: 2000 });
  const making = useSignal(false);
  const passphrase = useSignal(false);
  const proof = useSignal<Backup | undefined>(undefined);
  const verify = useAction(async (id: string) => {
    proof.value = await call<Backup>("POST", path`/api/backups/${id}/verify`, {
      body: {},
      timeoutMs: 30 * 60_000,
    });
  });
  const remove = useAction(async (id: string) => {
    await call("DELETE", path`/api/backups/${id}`);
    await invalidate("/api/backups");
  }, { done: "The backup is gone" });
  const running = progress.data?.running;
  return (
    <>
      <PageHead
        title="Backups"
        sub="The node in one file: apps, data, settings"
        actions={
          <>
            <Button icon="lock" onClick={() => passphrase.value = true}>Passphrase</Button>
            <Button
              kind="primary"
              icon="archive"
              disabled={Boolean(running)}
              onClick={() => making.value = true}
            >
              Back up now
            </Button>
          </>
        }
      />
      <div class="stack">
        {running && (
          <Card title="A backup is being made">
            <p>{running.step}: {percent(running.done, running.total)} %</p>
            <Meter
              share={running.total === 0 ? 0 : Math.min(running.done / running.total, 0.79)}
              label="Progress"
            />
          </Card>
        )}
        {proof.value && (
          <Callout
            kind="good"
            title={`Backup ${short(proof.value.id, 14)} is whole`}
            actions={
              <Button
                small
                kind="plain"
                icon="x"
                label="Close"
                onClick={() => proof.value = undefined}
              />
            }
          >
            It was read to its end, opened and checked:{" "}
            {Object.entries(proof.value.counts).map(([name, n]) => `${count(n)} ${name}`).join(
              ", ",
            )}
          </Callout>
        )}
        <Loaded query={backups}>
          {(data) => (
            <>
              <Card title="How">
                <Facts
                  items={[
                    ["Kept in", <code key="p">{data.place}</code>],
                    ["Schedule", data.schedule || "none: only when you ask"],
                    data.nextAt !== undefined && ["Next", <Time key="n" at={data.nextAt} />],
                    [
                      "Encrypted",
                      data.encrypted
                        ? <Badge key="e" tone="good">with your passphrase</Badge>
                        : <Badge key="e" tone="warn">no</Badge>,
                    ],
                    [
                      "Settings",
                      <a key="s" href="/settings?q=backup">schedule, place, how many are kept</a>,
                    ],
                  ]}
                />
              </Card>
              <Card
                title="Backups"
                flush
                footer={
                  <div class="row">
                    <span>Restoring works on a node that is stopped:</span>
                    <Command text="fazt backup restore latest" />
                  </div>
                }
              >
                {data.backups.length === 0
                  ? (
                    <Empty icon="archive" title="No backup yet" command="fazt backup create">
                      Make one now, then let the node make one each night:{" "}
                      <code>fazt config set backup.schedule "0 3 * * *"</code>
                    </Empty>
                  )
                  : (
                    <Table
                      caption="Backups, newest first"
                      rows={data.backups}
                      rowKey={({ id }) => id}
                      columns={[
                        {
                          title: "Made",
                          cell: (one) => (
                            <>
                              <Time at={one.createdAt} />
                              <div class="small quiet">
                                <code>{one.id}</code>
                              </div>
                            </>
                          ),
                        },
                        {
                          title: "Size",
                          cell: (one) => `${bytes(one.bytes)} of ${bytes(one.size)}`,
                        },
                        {
                          title: "Kind",
                          cell: (one) =>
                            one.encrypted
                              ? <Badge tone="good">encrypted</Badge>
                              : <Badge>plain</Badge>,
                          kind: "tight",
                        },
                        { title: "Version", cell: ({ version }) => version, kind: "tight" },
                        {
                          title: "Actions",
                          kind: "actions",
                          cell: (one) => (
                            <>
                              <Button
                                small
                                busy={verify.busy}
                                onClick={() => void verify.run(one.id)}
                              >
                                Verify
                              </Button>{" "}
                              <LinkButton
                                small
                                kind="plain"
                                icon="download"
                                label={`Download ${one.id}`}
                                href={path`/api/backups/${one.id}/file`}
                                download
                              />
                              <Button
                                small
                                kind="plain"
                                icon="trash"
                                label={`Delete ${one.id}`}
                                onClick={async () => {
                                  const yes = await confirm({
                                    title: "Delete this backup?",
                                    lost: [`the copy ${one.id} (${bytes(one.bytes)})`],
                                    confirm: "Delete",
                                    danger: true,
                                  });
                                  if (yes) await remove.run(one.id);
                                }}
                              />
                            </>
                          ),
                        },
                      ]}
                    />
                  )}
              </Card>
            </>
          )}
        </Loaded>
      </div>
      {making.value && (
        <MakeDialog
          encrypted={backups.data?.encrypted ?? false}
          onClose={() => making.value = false}
        />
      )}
      {passphrase.value && <PassphraseDialog onClose={() => passphrase.value = false} />}
    </>
  );
}

function MakeDialog(
  { encrypted, onClose }: { readonly encrypted: boolean; readonly onClose: () => void },
) {
  const plain = useSignal(false);
  const make = useAction(async () => {
    await call("POST", "/api/backups", {
      body: plain.value ? { plain: true } : {},
      timeoutMs: 60 * 60_000,
    });
    await invalidate("/api/backups");
    onClose();
  }, { quiet: true, done: "The backup is whole" });
  return (
    <Dialog title="Back up now" onClose={onClose}>
      <Form
        submit="Back up"
        busy={make.busy}
        error={make.error}
        onCancel={onClose}
        onSubmit={() => void make.run()}
      >
        <p>The node goes on meanwhile. Closing this does not stop it.</p>
        {encrypted
          ? (
            <Check checked={plain.value} onChange={(checked) => plain.value = checked}>
              Without encryption: whoever gets the file reads all of it
            </Check>
          )
          : (
            <Callout kind="warn">
              No passphrase is set: whoever gets the file reads all of it.
            </Callout>
          )}
      </Form>
    </Dialog>
  );
}

function PassphraseDialog({ onClose }: { readonly onClose: () => void }) {
  const text = useSignal("");
  const save = useAction(async (passphrase: string | null) => {
    await call("PUT", "/api/backups/secrets", { body: { passphrase } });
    await invalidate("/api/backups");
    onClose();
  }, { quiet: true, done: "Saved" });
  return (
    <Dialog title="Passphrase of backups" onClose={onClose}>
      <Form
        submit="Save"
        busy={save.busy}
        error={save.error}
        disabled={text.value === ""}
        onCancel={onClose}
        onSubmit={() => void save.run(text.value)}
      >
        <Callout kind="warn">
          Without it no backup can be restored. Keep it away from this machine.
        </Callout>
        <TextField
          label="Passphrase"
          type="password"
          autocomplete="new-password"
          autofocus
          value={text.value}
          onInput={(value) => text.value = value}
        />
        <div class="row">
          <Button small kind="danger" busy={save.busy} onClick={() => void save.run(null)}>
            Encrypt no longer
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
