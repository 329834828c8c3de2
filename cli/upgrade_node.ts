import { formatBytes } from "../kernel/lib/bytes.ts";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { RunningUpgrade, UpgradeRow } from "../kernel/upgrade/mod.ts";
import { Client } from "./client.ts";
import type { Context } from "./context.ts";
import { resolveTarget } from "./target.ts";

/** What an upgrade is asked to do. */
export interface UpgradeInput {
  readonly url?: string;
  readonly rollback?: boolean;
  readonly key?: string;
  readonly allowUnsigned?: boolean;
}

/** What an upgrade did. */
export interface Upgraded {
  readonly from: string;
  readonly to: string;
  /** The backup that a running node made before. */
  readonly backupId?: string;
  /** The copy that was made of a stopped node's database. */
  readonly snapshot?: string;
}

interface Status {
  readonly running: RunningUpgrade | null;
  readonly history: readonly UpgradeRow[];
}

/** Between two looks, ms. */
const LOOK_MS = 250;
/** A node that is away this long does not come back by itself, ms. */
const AWAY_MS = 10 * 60_000;
const STEPS = {
  download: "downloading",
  rehearse: "trying it out",
  backup: "copying the database",
  install: "handing over",
} as const;

/**
 * Upgrades a running node and waits for it.
 * @throws {FaztError} `UPGRADE_FAILED` when the version of before runs on, `UNREACHABLE`.
 */
export async function upgradeNode(ctx: Context, input: UpgradeInput): Promise<Upgraded> {
  const { api, out, signal } = ctx;
  const { id, from, to } = await api.call<{ id: number; from: string; to: string }>(
    "POST",
    "/api/upgrade",
    { json: input, timeoutMs: 150_000 },
  );
  out.message(`${api.target.name}: ${from} -> ${to}`);
  let shown = "";
  let seen = performance.now();
  try {
    for (;;) {
      signal.throwIfAborted();
      const status = await look(ctx, seen);
      if (status) {
        seen = performance.now();
        const row = status.history.find((one) => one.id === id);
        if (row && row.state !== "running") return ended(row);
        const { running } = status;
        const text = running?.id === id ? STEPS[running.step] : "handing over";
        if (running?.step === "download" && running.total > 0) {
          out.status(`${text} ${formatBytes(running.done)} of ${formatBytes(running.total)}`);
        } else out.status(text);
        if (text !== shown) out.message(shown = text);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    out.status("");
  }
}

/** How it is now; undefined while the node is away, as it is for a moment. */
async function look({ dbPath, peer, signal }: Context, seen: number): Promise<Status | undefined> {
  try {
    // A node that started again has another token, and on port 0 another address.
    return await new Client(() => resolveTarget(dbPath, peer), signal).get("/api/upgrade");
  } catch (error) {
    const away = error instanceof FaztError &&
      (error.code === "UNREACHABLE" || error.status === 503 || error.code === "UNAUTHORIZED");
    if (!away || performance.now() - seen > AWAY_MS) throw error;
    return undefined;
  }
}

function ended({ from, to, backupId, state, error }: UpgradeRow): Upgraded {
  if (state === "done") return { from, to, ...(backupId === undefined ? {} : { backupId }) };
  const what = state === "returned"
    ? `${to} did not come up, ${from} runs again`
    : `${from} runs on`;
  throw new FaztError("UPGRADE_FAILED", `Cannot upgrade to ${to}: ${what}: ${error ?? state}`, {
    hint: "fazt server status shows how the node is",
    status: 500,
    details: { state, from, to },
  });
}
