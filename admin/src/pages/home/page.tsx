import type { Attention, Health } from "../../data/shapes.ts";
import { useQuery } from "../../data/query.ts";
import { useHealth } from "../../data/node.ts";
import type { Activity, App, SettingInfo } from "../../data/shapes.ts";
import { bytes, count, duration, plural } from "../../lib/format.ts";
import { path } from "../../lib/route.ts";
import { activityWords } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { DeployButtons } from "../../ui/drop.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Card, PageHead, Stats } from "../../ui/layout.tsx";
import { OutLink } from "../../ui/link.tsx";
import { AppMark } from "../../ui/mark.tsx";
import { Empty, Loaded } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { session } from "../../data/session.ts";

/** How the node is, what needs somebody, what happened. */
export default function Page() {
  const health = useHealth();
  const apps = useQuery<readonly App[]>("/api/apps", { every: 15_000 });
  const activity = useQuery<readonly Activity[]>("/api/activity?limit=12", { every: 15_000 });
  return (
    <>
      <PageHead
        title="Home"
        sub={health.data && <OutLink href={health.data.url} />}
        actions={<DeployButtons />}
      />
      <div class="stack">
        <Loaded query={health}>{(data) => <Figures health={data} />}</Loaded>
        <div class="columns">
          <div class="stack">
            <Attentions health={health.data} apps={apps.data} />
            <Card
              title="Apps"
              flush
              actions={<a href="/apps" class="small">All of them</a>}
            >
              <Loaded query={apps}>{(list) => <RecentApps apps={list} />}</Loaded>
            </Card>
          </div>
          <Card
            title="Recent activity"
            flush
            actions={<a href="/activity" class="small">All of it</a>}
          >
            <Loaded query={activity}>{(rows) => <ActivityList rows={rows} />}</Loaded>
          </Card>
        </div>
      </div>
    </>
  );
}

function Figures({ health }: { readonly health: Health }) {
  const { machine, memory, runner } = health;
  const load = machine?.load[0] ?? 0;
  return (
    <Stats
      items={[
        {
          label: "Mode",
          value: health.mode,
          note: health.modeReason || `for ${duration(Date.now() - health.modeSince)}`,
        },
        ...machine
          ? [
            {
              label: "Load",
              value: load.toFixed(2),
              note: plural(machine.cores, "core"),
              share: load / machine.cores,
            },
            {
              label: "Memory of the node",
              value: bytes(memory.rss),
              note: `of ${bytes(memory.limit)} allowed`,
              share: memory.rss / memory.limit,
            },
            {
              label: "Disk",
              value: bytes(machine.disk.total - machine.disk.used),
              note: `free of ${bytes(machine.disk.total)}`,
              share: machine.disk.used / machine.disk.total,
            },
          ]
          : [],
        {
          label: "Database",
          value: bytes(health.database.bytes),
          note: `schema ${health.database.level}`,
        },
        {
          label: "Code running",
          value: count(runner.isolates),
          note: `${plural(runner.realms, "realm")}, ${plural(runner.spares, "spare")}`,
        },
        { label: "Up", value: duration(health.uptimeMs), note: `version ${health.version}` },
      ]}
    />
  );
}

interface Backups {
  readonly last?: { readonly createdAt?: number };
  readonly backups: readonly { readonly createdAt: number }[];
}

/** What needs somebody: one line each, with where to go. */
function Attentions(
  { health, apps }: {
    readonly health: Health | undefined;
    readonly apps: readonly App[] | undefined;
  },
) {
  const backups = useQuery<Backups>("/api/backups");
  const limits = useQuery<readonly SettingInfo[]>("/api/system/limits");
  const outdated = useQuery<readonly { name: string; outdated: boolean }[]>("/api/apps?outdated=1");
  const found: { text: string; href: string; bad?: boolean; hint?: string }[] = [];
  if (health && health.mode !== "normal") {
    found.push({
      text: `The node is in ${health.mode} mode`,
      href: "/system/limits",
      bad: true,
      hint: health.modeReason ?? "",
    });
  }
  for (const one of health?.attention ?? []) found.push(ofAttention(one));
  const full = health?.machine && health.machine.disk.used / health.machine.disk.total * 100;
  const diskLimit = Number(
    limits.data?.find(({ key }) => key === "limits.global.diskPercent")?.value ?? 80,
  );
  if (full !== undefined && full > diskLimit * 0.8) {
    found.push({
      text: `The disk is ${Math.round(full)} % full`,
      href: "/system/limits",
      hint: `nothing is written past ${diskLimit} %`,
    });
  }
  for (const app of apps ?? []) {
    if (app.grants.pending.length > 0) {
      found.push({
        text: `${app.name} asks for ${plural(app.grants.pending.length, "permission")}`,
        href: path`/apps/${app.name}/permissions`,
      });
    }
  }
  if (session.value?.credentials === false) {
    found.push({ text: "You have no password or passkey", href: "/account" });
  }
  if (backups.data && backups.data.backups.length === 0) {
    found.push({ text: "There is no backup yet", href: "/backups" });
  }
  const old = Array.isArray(outdated.data) ? outdated.data.filter((one) => one.outdated) : [];
  for (const { name } of old) {
    found.push({ text: `${name} has a newer version`, href: path`/apps/${name}/settings` });
  }
  return (
    <Card title="Needs attention" flush>
      {found.length === 0
        ? (
          <Empty icon="check" title="Nothing needs you">
            What waits for a decision, fails or runs full is said here.
          </Empty>
        )
        : (
          <ul class="list">
            {found.map(({ text, href, bad, hint }) => (
              <li key={text}>
                <span class="grow">
                  <a href={href}>{text}</a>
                  {hint && <span class="small quiet">{hint}</span>}
                </span>
                <Badge tone={bad ? "bad" : "warn"}>{bad ? "now" : "soon"}</Badge>
              </li>
            ))}
          </ul>
        )}
    </Card>
  );
}

function ofAttention({ message, hint }: Attention) {
  return { text: message, href: "/addresses/domains", bad: true, ...hint ? { hint } : {} };
}

function ActivityList({ rows }: { readonly rows: readonly Activity[] }) {
  if (rows.length === 0) {
    return <Empty icon="list" title="Nothing happened yet" command="fazt app deploy ./my-site" />;
  }
  return (
    <ul class="list">
      {rows.map((row) => (
        <li key={row.id}>
          <span class="grow">
            <span class="quiet">{row.actor}</span> {activityWords(row.action)}{" "}
            {row.target && <strong class="wrap">{row.target}</strong>}
          </span>
          {row.result !== "ok" && <Badge tone="bad">{row.result}</Badge>}
          <span class="small quiet">
            <Time at={row.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function RecentApps({ apps }: { readonly apps: readonly App[] }) {
  if (apps.length === 0) {
    return (
      <Empty
        icon="upload"
        title="Deploy your first app"
        command="fazt app deploy ./my-site"
        actions={<DeployButtons />}
      >
        Drag a folder or a zip onto this page. A folder with an index.html is a site; with an
        api/main.ts it is an app with a server.
      </Empty>
    );
  }
  const recent = [...apps].sort((a, b) => b.updatedAt - a.updatedAt).slice(0, 6);
  return (
    <ul class="list">
      {recent.map((app) => (
        <li key={app.id}>
          <AppMark name={app.name} />
          <span class="grow">
            <a href={path`/apps/${app.name}`}>{app.title ?? app.name}</a>
            <div class="small">
              <OutLink href={app.url} />
            </div>
          </span>
          {app.hasServer && <Badge tone="info">server</Badge>}
          <span class="small quiet">
            <Icon name="history" />{" "}
            {app.revision === undefined ? "empty" : `revision ${app.revision}`},{" "}
            <Time at={app.updatedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}
