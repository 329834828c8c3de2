import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { invalidate, useQuery } from "../../data/query.ts";
import { isAdmin } from "../../data/session.ts";
import type { Grants } from "../../data/shapes.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Card } from "../../ui/layout.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import type { TabProps } from "./page.tsx";

/** What it may do, in words, and the Deno permissions its code runs with. */
export function PermissionsTab({ app }: TabProps) {
  const at = path`/api/apps/${app.id}/grants`;
  const grants = useQuery<Grants>(at);
  const decide = useAction(async (change: { approve?: string[]; revoke?: string[] }) => {
    await call("POST", at, { body: change });
    await invalidate("/api/apps");
  }, { done: "Its permissions are changed; its code starts anew" });
  return (
    <Loaded query={grants}>
      {(data) => (
        <div class="stack">
          {data.pending.length > 0 && (
            <Card
              title="It asks for"
              flush
              actions={isAdmin.value && (
                <Button
                  small
                  kind="primary"
                  busy={decide.busy}
                  onClick={() => void decide.run({ approve: [...data.pending] })}
                >
                  Allow all
                </Button>
              )}
              footer="Its code runs without them until you decide."
            >
              <ul class="list">
                {data.pending.map((grant) => (
                  <li key={grant}>
                    <span class="grow">
                      <strong>{data.meanings[grant] ?? grant}</strong>
                      <div class="small">
                        <code>{grant}</code> {reach(grant)}
                      </div>
                    </span>
                    {isAdmin.value && (
                      <Button
                        small
                        busy={decide.busy}
                        onClick={() => void decide.run({ approve: [grant] })}
                      >
                        Allow
                      </Button>
                    )}
                  </li>
                ))}
              </ul>
            </Card>
          )}
          <Card title="It may" flush>
            {data.approved.length === 0
              ? (
                <Empty
                  icon="shield"
                  title="No permissions"
                  command={`fazt app grants show ${app.name}`}
                >
                  It can compute and answer requests, and nothing else. An app asks for more in its
                  app.json under “permissions”.
                </Empty>
              )
              : (
                <ul class="list">
                  {data.approved.map((grant) => (
                    <li key={grant}>
                      <span class="grow">
                        {data.meanings[grant] ?? grant}
                        <div class="small">
                          <code>{grant}</code> {reach(grant)}
                        </div>
                      </span>
                      {isAdmin.value && (
                        <Button
                          small
                          kind="danger"
                          onClick={async () => {
                            const yes = await confirm({
                              title: `Take ${grant} back?`,
                              text: data.meanings[grant] ?? "",
                              lost: [
                                `${app.name} can no longer use ${grant}; what it stored stays`,
                              ],
                              confirm: "Take it back",
                              danger: true,
                            });
                            if (yes) await decide.run({ revoke: [grant] });
                          }}
                        >
                          Take back
                        </Button>
                      )}
                    </li>
                  ))}
                </ul>
              )}
          </Card>
          <Card
            title="Deno permissions of its realm"
            footer="Exactly what its code runs with. What is not listed goes through the node, which checks each call."
          >
            <div class="row">
              {Object.entries(data.permissions).map(([name, value]) => (
                <span key={name}>
                  <code>{name}</code> {value === false
                    ? <Badge tone="good">none</Badge>
                    : <Badge tone="warn">{value.join(", ")}</Badge>}
                </span>
              ))}
            </div>
          </Card>
        </div>
      )}
    </Loaded>
  );
}

/** A warning beside what reaches past the node's own checks. */
function reach(grant: string) {
  if (/^(?:fs:|sys:|net:direct|net:connect)/.test(grant)) {
    return <Badge tone="warn">reaches past the node</Badge>;
  }
  return null;
}
