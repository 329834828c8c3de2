import node from "./migrations/001_node.sql" with { type: "text" };
import schedule from "./migrations/002_schedule.sql" with { type: "text" };
import events from "./migrations/003_events.sql" with { type: "text" };
import egress from "./migrations/004_egress.sql" with { type: "text" };
import traffic from "./migrations/005_traffic.sql" with { type: "text" };
import storageTotals from "./migrations/006_storage_totals.sql" with { type: "text" };
import documents from "./migrations/007_documents.sql" with { type: "text" };
import relational from "./migrations/008_relational.sql" with { type: "text" };
import objects from "./migrations/009_objects.sql" with { type: "text" };
import content from "./migrations/010_content.sql" with { type: "text" };
import backups from "./migrations/011_backups.sql" with { type: "text" };
import erasures from "./migrations/012_erasures.sql" with { type: "text" };
import lineage from "./migrations/013_lineage.sql" with { type: "text" };
import shards from "./migrations/014_shards.sql" with { type: "text" };
import sources from "./migrations/015_sources.sql" with { type: "text" };
import signIn from "./migrations/016_sign_in.sql" with { type: "text" };
import analytics from "./migrations/017_analytics.sql" with { type: "text" };
import certificates from "./migrations/018_certificates.sql" with { type: "text" };
import upgrades from "./migrations/019_upgrades.sql" with { type: "text" };
import access from "./migrations/020_access.sql" with { type: "text" };

/** One forward-only, additive step of the schema. */
export interface Migration {
  readonly n: number;
  readonly name: string;
  readonly sql: string;
}

/** Every step there has ever been, in order. Steps are only ever added at the end. */
export const MIGRATIONS: readonly Migration[] = [
  { n: 1, name: "node", sql: node },
  { n: 2, name: "schedule", sql: schedule },
  { n: 3, name: "events", sql: events },
  { n: 4, name: "egress", sql: egress },
  { n: 5, name: "traffic", sql: traffic },
  { n: 6, name: "storage_totals", sql: storageTotals },
  { n: 7, name: "documents", sql: documents },
  { n: 8, name: "relational", sql: relational },
  { n: 9, name: "objects", sql: objects },
  { n: 10, name: "content", sql: content },
  { n: 11, name: "backups", sql: backups },
  { n: 12, name: "erasures", sql: erasures },
  { n: 13, name: "lineage", sql: lineage },
  { n: 14, name: "shards", sql: shards },
  { n: 15, name: "sources", sql: sources },
  { n: 16, name: "sign_in", sql: signIn },
  { n: 17, name: "analytics", sql: analytics },
  { n: 18, name: "certificates", sql: certificates },
  { n: 19, name: "upgrades", sql: upgrades },
  { n: 20, name: "access", sql: access },
];
