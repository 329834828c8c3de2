import type { PageProps } from "../../pages.ts";
import { SettingsList } from "../../parts/settings_list.tsx";
import { PageHead } from "../../ui/layout.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Cells } from "./cells.tsx";
import { DatabaseTab } from "./database.tsx";
import { Overview } from "./overview.tsx";
import { Upgrade } from "./upgrade.tsx";

/** The machine room: memory, cells, limits, the database, the executable. */
export default function Page({ params }: PageProps) {
  const tab = params.tab ?? "overview";
  return (
    <>
      <PageHead
        title="System"
        sub="Memory, code that runs, limits, the database, the program itself"
      />
      <Tabs
        label="System"
        current={tab}
        tabs={[
          { id: "overview", text: "Overview", href: "/system" },
          { id: "cells", text: "Cells", href: "/system/cells" },
          { id: "limits", text: "Limits", href: "/system/limits" },
          { id: "database", text: "Database", href: "/system/database" },
          { id: "upgrade", text: "Upgrade", href: "/system/upgrade" },
        ]}
      />
      {tab === "cells" ? <Cells /> : tab === "limits"
        ? (
          <SettingsList
            source="/api/system/limits"
            group={(key) => key.split(".").slice(0, 2).join(".")}
          />
        )
        : tab === "database"
        ? <DatabaseTab />
        : tab === "upgrade"
        ? <Upgrade />
        : <Overview />}
    </>
  );
}
