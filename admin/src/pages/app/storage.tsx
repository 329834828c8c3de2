import { useQuery } from "../../data/query.ts";
import { location, setQuery } from "../../data/location.ts";
import { bytes, plural } from "../../lib/format.ts";
import { withQuery } from "../../lib/route.ts";
import { Switch } from "../../ui/form.tsx";
import { Stats } from "../../ui/layout.tsx";
import type { TabProps } from "./page.tsx";
import { DsBrowser } from "./storage_ds.tsx";
import { KvBrowser } from "./storage_kv.tsx";
import { RdBrowser } from "./storage_rd.tsx";
import { S3Browser } from "./storage_s3.tsx";

type Pillar = "kv" | "ds" | "s3" | "rd";
const PILLARS: readonly { readonly value: Pillar; readonly text: string }[] = [
  { value: "kv", text: "Keys" },
  { value: "ds", text: "Documents" },
  { value: "s3", text: "Objects" },
  { value: "rd", text: "Tables" },
];

interface Usage {
  readonly appId: string;
  readonly pillars: Readonly<Record<string, { readonly entries: number; readonly bytes: number }>>;
  readonly bytes: number;
  readonly maxBytes?: number | null;
}

/** What it stored, in each of the four ways. */
export function StorageTab({ app }: TabProps) {
  const usage = useQuery<readonly Usage[]>(withQuery("/api/storage/usage", { app: app.id }), {
    every: 15_000,
  });
  const pillar = (location.query.value.get("in") ?? "kv") as Pillar;
  const own = usage.data?.find(({ appId }) => appId === app.id);
  return (
    <div class="stack">
      {own && (
        <Stats
          items={[
            ...PILLARS.map(({ value, text }) => ({
              label: text,
              value: plural(own.pillars[value]?.entries ?? 0, "entry", "entries"),
              note: bytes(own.pillars[value]?.bytes ?? 0),
            })),
            {
              label: "Together",
              value: bytes(own.bytes),
              note: own.maxBytes ? `of ${bytes(own.maxBytes)}` : undefined,
              share: own.maxBytes ? own.bytes / own.maxBytes : undefined,
            },
          ]}
        />
      )}
      <div class="row">
        <Switch<Pillar>
          label="Kind of storage"
          value={pillar}
          options={PILLARS}
          onChange={(value) =>
            setQuery({
              in: value === "kv" ? undefined : value,
              at: undefined,
              collection: undefined,
            })}
        />
      </div>
      {pillar === "ds"
        ? <DsBrowser app={app} />
        : pillar === "s3"
        ? <S3Browser app={app} />
        : pillar === "rd"
        ? <RdBrowser app={app} />
        : <KvBrowser app={app} />}
    </div>
  );
}
