import { useSignal } from "@preact/signals";
import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import type { Alias } from "../../data/shapes.ts";
import { path, withQuery } from "../../lib/route.ts";
import { DomainList } from "../../parts/domain_list.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Form, TextField } from "../../ui/form.tsx";
import { Card } from "../../ui/layout.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import type { TabProps } from "./page.tsx";

/** Labels under the node's own domain, and domains of the owner. */
export function DomainsTab({ app }: TabProps) {
  const aliases = useQuery<readonly Alias[]>("/api/aliases");
  const label = useSignal("");
  const link = useAction(async () => {
    await call("PUT", path`/api/aliases/${label.value.trim()}`, { body: { app: app.id } });
    await invalidate("/api/aliases", "/api/apps");
    label.value = "";
  }, { quiet: true, done: "It answers at the new label" });
  const unlink = useAction(async (name: string) => {
    await call("DELETE", path`/api/aliases/${name}`);
    await invalidate("/api/aliases", "/api/apps");
  }, { done: "The label is free" });
  return (
    <div class="stack">
      <DomainList source={withQuery("/api/domains", { app: app.id })} app={app} />
      <Card title="Labels of this node" flush>
        <Loaded query={aliases}>
          {(list) => {
            const own = list.filter((alias) =>
              alias.appId === app.id || alias.split?.some(({ appId }) => appId === app.id)
            );
            return own.length === 0
              ? (
                <Empty icon="link" title="No label" command={`fazt app link ${app.name} my-label`}>
                  It answers at its id.
                </Empty>
              )
              : (
                <ul class="list">
                  {own.map((alias) => (
                    <li key={alias.label}>
                      <span class="grow">
                        <code>{alias.label}</code>
                      </span>
                      {alias.type === "split" && <Badge tone="info">shares visitors</Badge>}
                      <Button
                        small
                        kind="plain"
                        icon="trash"
                        label={`Remove ${alias.label}`}
                        onClick={async () => {
                          const yes = await confirm({
                            title: `Remove ${alias.label}?`,
                            lost: [`the address ${alias.label}: visitors get “not found” there`],
                            text: "The app itself stays as it is.",
                            confirm: "Remove",
                            danger: true,
                          });
                          if (yes) await unlink.run(alias.label);
                        }}
                      />
                    </li>
                  ))}
                </ul>
              );
          }}
        </Loaded>
      </Card>
      <Card title="Add a label">
        <Form submit="Add" busy={link.busy} error={link.error} onSubmit={() => void link.run()}>
          <TextField
            label="Label"
            mono
            required
            hint="Lower-case letters, digits and hyphens. A label in use moves to this app."
            value={label.value}
            onInput={(value) => label.value = value}
          />
        </Form>
      </Card>
    </div>
  );
}
