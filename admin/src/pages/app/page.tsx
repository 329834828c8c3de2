import { useEffect } from "preact/hooks";
import { useQuery } from "../../data/query.ts";
import type { App } from "../../data/shapes.ts";
import { path } from "../../lib/route.ts";
import type { PageProps } from "../../pages.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { chooseAndDeploy, dropTarget } from "../../ui/drop.tsx";
import { PageHead } from "../../ui/layout.tsx";
import { OutLink } from "../../ui/link.tsx";
import { AppMark } from "../../ui/mark.tsx";
import { Callout, Empty, Loaded } from "../../ui/state.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { safeUrl } from "../../lib/safe_url.ts";
import { CronTab } from "./cron.tsx";
import { DomainsTab } from "./domains.tsx";
import { EnvTab } from "./env.tsx";
import { FilesTab } from "./files.tsx";
import { LogsTab } from "./logs.tsx";
import { OverviewTab } from "./overview.tsx";
import { PermissionsTab } from "./permissions.tsx";
import { RevisionsTab } from "./revisions.tsx";
import { SettingsTab } from "./settings.tsx";
import { StorageTab } from "./storage.tsx";

const TABS = {
  overview: { text: "Overview", Tab: OverviewTab },
  files: { text: "Files", Tab: FilesTab },
  revisions: { text: "Revisions", Tab: RevisionsTab },
  logs: { text: "Logs", Tab: LogsTab },
  storage: { text: "Storage", Tab: StorageTab },
  env: { text: "Environment", Tab: EnvTab },
  permissions: { text: "Permissions", Tab: PermissionsTab },
  cron: { text: "Cron and jobs", Tab: CronTab },
  domains: { text: "Domains", Tab: DomainsTab },
  settings: { text: "Settings", Tab: SettingsTab },
} as const;

/** What every tab is given. */
export interface TabProps {
  readonly app: App;
}

/** One app. */
export default function Page({ params }: PageProps) {
  const ref = params.ref ?? "";
  const query = useQuery<App>(path`/api/apps/${ref}`, { every: 10_000 });
  const app = query.data;
  useEffect(() => {
    dropTarget.value = app && { id: app.id, name: app.name };
    return () => {
      dropTarget.value = undefined;
    };
  }, [app?.id, app?.name]);
  const id = (params.tab ?? "overview") as keyof typeof TABS;
  const tab = Object.hasOwn(TABS, id) ? TABS[id] : undefined;
  return (
    <Loaded
      query={query}
      missing={
        <>
          <PageHead title="No such app" crumbs={[{ text: "Apps", href: "/apps" }]} />
          <Empty
            icon="apps"
            title={`There is no app “${ref.slice(0, 80)}”`}
            command="fazt app list"
            actions={<LinkButton href="/apps">All apps</LinkButton>}
          >
            It may have been renamed or removed. Removed apps can be brought back for 30 days.
          </Empty>
        </>
      }
    >
      {(app) => (
        <>
          <PageHead
            title={app.title ?? app.name}
            crumbs={[{ text: "Apps", href: "/apps" }]}
            mark={<AppMark name={app.name} large />}
            sub={
              <span class="row">
                <OutLink href={app.url} />
                {app.version && <Badge>v{app.version}</Badge>}
                {app.state !== "active" && <Badge tone="warn">{app.state}</Badge>}
                {app.hasServer && <Badge tone="info">server</Badge>}
              </span>
            }
            actions={
              <>
                <Button icon="upload" onClick={() => chooseAndDeploy("folder")}>Deploy</Button>
                {app.revision !== undefined && safeUrl(app.url) && (
                  <LinkButton kind="primary" icon="external" href={safeUrl(app.url)!} external>
                    Visit
                  </LinkButton>
                )}
              </>
            }
          />
          {app.grants.pending.length > 0 && id !== "permissions" && (
            <div class="stack" style={{ marginBottom: "1rem" }}>
              <Callout
                kind="warn"
                title="It asks for permissions"
                actions={
                  <LinkButton small href={path`/apps/${app.name}/permissions`}>Decide</LinkButton>
                }
              >
                Its code runs without them until you allow them.
              </Callout>
            </div>
          )}
          <Tabs
            label="Parts of the app"
            current={id}
            tabs={Object.entries(TABS).map(([id, { text }]) => ({
              id,
              text,
              href: id === "overview" ? path`/apps/${app.name}` : path`/apps/${app.name}/${id}`,
            }))}
          />
          {tab
            ? <tab.Tab key={app.id} app={app} />
            : <Empty icon="search" title="An app has no such part" />}
        </>
      )}
    </Loaded>
  );
}
