import { useQuery } from "../../data/query.ts";
import type { App } from "../../data/shapes.ts";
import type { PageProps } from "../../pages.ts";
import { DomainList } from "../../parts/domain_list.tsx";
import { PageHead } from "../../ui/layout.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Certificates } from "./certificates.tsx";
import { Labels } from "./labels.tsx";
import { Redirects } from "./redirects.tsx";

/** Every name the node answers at. */
export default function Page({ params }: PageProps) {
  const tab = params.tab ?? "labels";
  const apps = useQuery<readonly App[]>("/api/apps");
  return (
    <>
      <PageHead title="Addresses" sub="Every name this node answers at" />
      <Tabs
        label="Addresses"
        current={tab}
        tabs={[
          { id: "labels", text: "Labels", href: "/addresses" },
          { id: "domains", text: "Domains", href: "/addresses/domains" },
          { id: "certificates", text: "Certificates", href: "/addresses/certificates" },
          { id: "redirects", text: "Short links", href: "/addresses/redirects" },
        ]}
      />
      {tab === "domains"
        ? <DomainList source="/api/domains" apps={apps.data ?? []} />
        : tab === "certificates"
        ? <Certificates />
        : tab === "redirects"
        ? <Redirects apps={apps.data ?? []} />
        : <Labels apps={apps.data ?? []} />}
    </>
  );
}
