import { useAction } from "../../data/action.ts";
import { call } from "../../data/api.ts";
import { usePaged } from "../../data/paged.ts";
import { bytes, plural } from "../../lib/format.ts";
import { path } from "../../lib/route.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { Card, PageHead } from "../../ui/layout.tsx";
import { PagedList } from "../../ui/paged.tsx";
import { Empty } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

interface Person {
  readonly id: string;
  readonly state: "here" | "leaving";
  readonly erasedAt?: number;
  readonly apps: readonly {
    readonly appId: string | null;
    readonly app?: string;
    readonly rows: number;
    readonly bytes: number;
  }[];
}
const PAGE = 100;

/** The people whose rows apps keep, and their right to take or erase them. */
export default function Page() {
  const people = usePaged<Person>(`/api/users?limit=${PAGE}`, (data) => {
    const items = data as Person[];
    const last = items.at(-1);
    return { items, next: items.length < PAGE || !last ? undefined : { after: last.id } };
  });
  const act = useAction(async (id: string, what: string, body: object) => {
    await call("POST", path`/api/users/${id}` + `/${what}`, { body, timeoutMs: 120_000 });
    await people.refresh();
  }, { done: "Done" });
  return (
    <>
      <PageHead title="Users" sub="People whose data apps keep on this node" />
      <Card flush>
        <PagedList
          list={people}
          empty={
            <Empty icon="user" title="Nobody yet" command="fazt user list">
              People appear here once an app keeps something for them with{" "}
              <code>fazt.storage.user</code>. You can give them their data or erase it.
            </Empty>
          }
        >
          {(list) => (
            <Table
              caption="People"
              rows={list}
              rowKey={({ id }) => id}
              columns={[
                {
                  title: "Id",
                  cell: (person) => (
                    <>
                      <code>{person.id}</code> {person.state === "leaving" && (
                        <Badge tone="warn">
                          erased <Time at={person.erasedAt} />
                        </Badge>
                      )}
                    </>
                  ),
                },
                {
                  title: "Keeps",
                  cell: ({ apps }) =>
                    apps.map(({ app, appId, rows, bytes: size }) => (
                      <div key={appId ?? "node"} class="small">
                        {app ?? appId ?? "the node"}: {plural(rows, "row")}, {bytes(size)}
                      </div>
                    )),
                },
                {
                  title: "Actions",
                  kind: "actions",
                  cell: (person) => (
                    <>
                      <LinkButton
                        small
                        icon="download"
                        href={path`/api/users/${person.id}/export`}
                        download
                      >
                        Export
                      </LinkButton>{" "}
                      {person.state === "leaving"
                        ? (
                          <Button
                            small
                            icon="undo"
                            busy={act.busy}
                            onClick={() => void act.run(person.id, "restore", {})}
                          >
                            Take back
                          </Button>
                        )
                        : (
                          <>
                            <Button
                              small
                              onClick={async () => {
                                const yes = await confirm({
                                  title: "Anonymise this person?",
                                  text: "The rows stay, under an id that nobody can trace back.",
                                  lost: [`that these rows were of ${person.id}; for good`],
                                  confirm: "Anonymise",
                                  danger: true,
                                });
                                if (yes) await act.run(person.id, "anonymise", {});
                              }}
                            >
                              Anonymise
                            </Button>{" "}
                            <Button
                              small
                              kind="danger"
                              onClick={async () => {
                                const rows = person.apps.reduce((sum, one) => sum + one.rows, 0);
                                const yes = await confirm({
                                  title: "Erase this person?",
                                  text:
                                    "Apps can no longer read the rows; they are gone in 30 days.",
                                  lost: [`${plural(rows, "row")} of ${person.id}, in 30 days`],
                                  confirm: "Erase",
                                  danger: true,
                                  typed: person.id,
                                });
                                if (yes) await act.run(person.id, "erase", {});
                              }}
                            >
                              Erase
                            </Button>
                          </>
                        )}
                    </>
                  ),
                },
              ]}
            />
          )}
        </PagedList>
      </Card>
    </>
  );
}
