import { resolve } from "node:path";
import { dashboardAssets } from "../admin/mod.ts";
import type { SettingKey, Settings } from "../kernel/config/mod.ts";
import { Kernel } from "../kernel/kernel.ts";
import { openStore } from "../kernel/store.ts";
import type { HandOver, StartedAs } from "../kernel/upgrade/mod.ts";
import { type Clock, systemClock } from "../kernel/lib/clock.ts";
import { SYSTEM_USER } from "../kernel/lib/ids.ts";
import { Activity } from "../kernel/log/mod.ts";
import { Secrets } from "../kernel/secrets/mod.ts";
import {
  Challenges,
  hashPassword,
  Keys,
  Owner,
  Passkeys,
  Sessions,
  verifyPassword,
} from "../kernel/security/mod.ts";
import { createBundler } from "../runtime/bundle/mod.ts";
import { CellRunner } from "../runtime/host/mod.ts";
import { bundlerOptions } from "./embedded.ts";
import { VERSION } from "./version.ts";
import { seedWelcome } from "./welcome.ts";

type Flags = Partial<Record<SettingKey, unknown>>;

/** A node that runs in this process. */
export interface RunningNode {
  readonly url: string;
  readonly adminUrl: string;
  /** One-time link to the dashboard. */
  readonly ownerLink: string;
  stop(): Promise<void>;
  /** Resolves when it has stopped: with what is to take its place, where it stopped for that. */
  readonly closed: Promise<HandOver | undefined>;
}

/** Starts a node: the kernel with the cells, the bundler and the dashboard of the other rings. */
export async function startNode(
  { dbPath, flags, startedAs }: {
    readonly dbPath: string;
    readonly flags: Flags;
    readonly startedAs: StartedAs;
  },
): Promise<RunningNode> {
  const bundler = createBundler(bundlerOptions());
  const kernel = await Kernel.start({
    dbPath,
    flags,
    environment: Deno.env.toObject(),
    version: VERSION,
    startedAs,
    bundler,
    assets: await dashboardAssets(),
    createRunner: ({ settings, pressed, ...host }) =>
      new CellRunner({
        ...host,
        idleMs: () => settings.get("limits.runtime.idleSeconds") * 1000,
        spares: () => pressed() ? 0 : settings.get("limits.runtime.spares"),
        isolates: () => settings.get("limits.runtime.isolates"),
        heapMb: () => settings.get("limits.runtime.heapMb"),
        memoryMb: () => settings.get("limits.global.memoryMb"),
      }),
  });
  await seedWelcome(kernel);
  return {
    url: kernel.url,
    adminUrl: kernel.adminUrl,
    ownerLink: await kernel.ownerLink(),
    stop: async () => {
      bundler.close();
      await kernel.stop();
    },
    closed: kernel.closed.then(() => {
      bundler.close();
      return kernel.handOver;
    }),
  };
}

/** Creates or upgrades a database and keeps settings in it, without starting a node. */
export async function initNode(
  { dbPath, settings }: { readonly dbPath: string; readonly settings: Flags },
): Promise<void> {
  await withStore(dbPath, async (store) => {
    for (const [key, value] of Object.entries(settings)) {
      await store.settings.set(key, value, Date.now());
    }
  });
}

/** What can be done to a database that no node has open. */
export interface OfflineServices {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly owner: Owner;
  readonly sessions: Sessions;
  /** Tells the activity log. */
  record(action: string): void;
  readonly ownerLinks: { create(): Promise<{ readonly url: string; readonly expiresAt: number }> };
}

/** Does something to a database that no node has open; fails when one has. */
export async function withOfflineNode<R>(
  dbPath: string,
  body: (services: OfflineServices) => Promise<R> | R,
): Promise<R> {
  return await withStore(dbPath, async ({ db, settings }) => {
    const sessions = new Sessions(db, systemClock);
    // The change itself is done, whatever becomes of its line.
    const activity = new Activity(db, systemClock, () => {});
    const owner = new Owner({
      db,
      settings,
      clock: systemClock,
      hasher: { hash: hashPassword, verify: verifyPassword },
      passkeys: new Passkeys({ db, clock: systemClock, challenges: new Challenges(systemClock) }),
      secrets: () => Secrets.closed({ db, clock: systemClock }),
    });
    const port = settings.get("server.port");
    const base = `http://admin.${settings.get("server.domain")}${port === 80 ? "" : `:${port}`}`;
    return await body({
      settings,
      clock: systemClock,
      keys: new Keys(db, systemClock),
      owner,
      sessions,
      record: (action) =>
        activity.record({ userId: SYSTEM_USER, actor: "local", action, result: "ok" }),
      ownerLinks: {
        create: async () => {
          const { token, expiresAt } = await sessions.createLink();
          return { url: `${base}/welcome#${token}`, expiresAt };
        },
      },
    });
  });
}

async function withStore<R>(
  dbPath: string,
  body: (store: Awaited<ReturnType<typeof openStore>>) => Promise<R>,
): Promise<R> {
  const store = await openStore({ dbPath: resolve(dbPath), environment: {} });
  try {
    return await body(store);
  } finally {
    await store.db.close();
    store.lock.release();
  }
}
