import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Command } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Check, Form, TextField } from "../../ui/form.tsx";
import { Card, PageHead } from "../../ui/layout.tsx";
import { OutLink } from "../../ui/link.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

interface Peer {
  readonly name: string;
  readonly url: string;
  readonly default: boolean;
  readonly hasToken: boolean;
  readonly createdAt: number;
}

const NONE = (
  <Empty icon="peers" title="No peers" command="fazt peer add home --url https://admin.example.com">
    Other nodes of yours. Once one is here, every command works on it: fazt @home app list.
  </Empty>
);

/** Other nodes this one's command line knows. */
export default function Page() {
  const peers = useQuery<readonly Peer[]>("/api/peers");
  const edited = useSignal<Peer | "new" | undefined>(undefined);
  const remove = useAction(async (name: string) => {
    await call("DELETE", path`/api/peers/${name}`);
    await invalidate("/api/peers");
  }, { done: "The peer is forgotten" });
  const prefer = useAction(async (name: string) => {
    await call("PATCH", path`/api/peers/${name}`, { body: { default: true } });
    await invalidate("/api/peers");
  }, { done: "Commands go to it by default" });
  return (
    <>
      <PageHead
        title="Peers"
        sub="Other nodes that the command line of this machine speaks to"
        actions={
          <Button kind="primary" icon="plus" onClick={() => edited.value = "new"}>
            Add a peer
          </Button>
        }
      />
      <Card flush>
        <Loaded query={peers} missing={NONE}>
          {(list) =>
            list.length === 0 ? NONE : (
              <Table
                caption="Peers"
                rows={list}
                rowKey={({ name }) => name}
                columns={[
                  {
                    title: "Name",
                    cell: (peer) => (
                      <>
                        <strong>{peer.name}</strong>{" "}
                        {peer.default && <Badge tone="accent">default</Badge>}
                      </>
                    ),
                  },
                  { title: "Address", cell: ({ url }) => <OutLink href={url} /> },
                  {
                    title: "Token",
                    cell: ({ hasToken }) =>
                      hasToken ? "kept, never shown" : <Badge tone="warn">none</Badge>,
                  },
                  { title: "Added", cell: ({ createdAt }) => <Time at={createdAt} /> },
                  {
                    title: "Actions",
                    kind: "actions",
                    cell: (peer) => (
                      <>
                        {!peer.default && (
                          <Button
                            small
                            busy={prefer.busy}
                            onClick={() => void prefer.run(peer.name)}
                          >
                            Make default
                          </Button>
                        )}
                        <Button
                          small
                          kind="plain"
                          icon="edit"
                          label={`Change ${peer.name}`}
                          onClick={() => edited.value = peer}
                        />
                        <Button
                          small
                          kind="plain"
                          icon="trash"
                          label={`Forget ${peer.name}`}
                          onClick={async () => {
                            const yes = await confirm({
                              title: `Forget ${peer.name}?`,
                              text: "That node itself stays as it is.",
                              lost: [`the token for ${peer.url}`],
                              confirm: "Forget",
                              danger: true,
                            });
                            if (yes) await remove.run(peer.name);
                          }}
                        />
                      </>
                    ),
                  },
                ]}
              />
            )}
        </Loaded>
      </Card>
      <div class="row" style={{ marginTop: "1rem" }}>
        <Command text="fazt @NAME status" />
      </div>
      {edited.value !== undefined && (
        <PeerDialog
          peer={edited.value === "new" ? undefined : edited.value}
          onClose={() => edited.value = undefined}
        />
      )}
    </>
  );
}

function PeerDialog(
  { peer, onClose }: { readonly peer: Peer | undefined; readonly onClose: () => void },
) {
  const name = useSignal(peer?.name ?? "");
  const url = useSignal(peer?.url ?? "https://");
  const token = useSignal("");
  const preferred = useSignal(peer?.default ?? false);
  const save = useAction(async () => {
    const body = {
      url: url.value,
      ...token.value ? { token: token.value } : {},
      ...preferred.value ? { default: true } : {},
    };
    if (peer) await call("PATCH", path`/api/peers/${peer.name}`, { body });
    else await call("POST", "/api/peers", { body: { name: name.value, ...body } });
    await invalidate("/api/peers");
    onClose();
  }, { quiet: true, done: "Saved" });
  return (
    <Dialog title={peer ? `Change ${peer.name}` : "Add a peer"} onClose={onClose}>
      <Form
        submit="Save"
        busy={save.busy}
        error={save.error}
        onCancel={onClose}
        onSubmit={() => void save.run()}
      >
        {!peer && (
          <TextField
            label="Name"
            mono
            required
            autofocus
            wrong={save.error?.field("name")}
            value={name.value}
            onInput={(value) => name.value = value}
          />
        )}
        <TextField
          label="Address of its dashboard"
          mono
          type="url"
          required
          wrong={save.error?.field("url")}
          value={url.value}
          onInput={(value) => url.value = value}
        />
        <TextField
          label="Token"
          type="password"
          autocomplete="off"
          hint={peer
            ? "Empty keeps the one there is, unless the address changes"
            : "A key that was made on that node"}
          value={token.value}
          onInput={(value) => token.value = value}
        />
        <Check checked={preferred.value} onChange={(checked) => preferred.value = checked}>
          Commands without @name go there
        </Check>
      </Form>
    </Dialog>
  );
}
