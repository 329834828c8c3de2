import { compose, type KernelOptions, type KernelParts } from "./compose.ts";
import type { Apps } from "./apps/mod.ts";
import type { Vfs } from "./fs/mod.ts";
import { errorTrace } from "./lib/error_trace.ts";
import { writeNodeRecord } from "./node_record.ts";
import { openStore, type Store } from "./store.ts";
import type { HandOver } from "./upgrade/mod.ts";

/** A node that runs, and how it ends. */
export class Kernel {
  readonly #closed = Promise.withResolvers<void>();
  #stopping: Promise<void> | undefined;
  #handOver: HandOver | undefined;

  private constructor(readonly store: Store, private readonly parts: KernelParts) {}

  /** Opens the database and answers requests; resolves once the port is bound. */
  static async start(options: KernelOptions): Promise<Kernel> {
    const store = await openStore(options);
    try {
      const later: { kernel?: Kernel } = {};
      const parts = await compose(store, options, (plan) => later.kernel!.#giveWay(plan));
      return later.kernel = new Kernel(store, parts);
    } catch (error) {
      await store.db.close();
      store.lock.release();
      throw error;
    }
  }

  /** What it serves. */
  get apps(): Apps {
    return this.parts.apps;
  }

  /** Where files are. */
  get vfs(): Vfs {
    return this.parts.vfs;
  }

  /** Once it has stopped: what is to take its place, when it stopped for an upgrade. */
  get handOver(): HandOver | undefined {
    return this.#handOver;
  }

  /** Where the node answers. */
  get url(): string {
    return this.parts.urls.base;
  }

  /** Where the dashboard answers. */
  get adminUrl(): string {
    return this.parts.urls.admin;
  }

  /** Resolves when the node has stopped. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** A link that signs the owner in: 30 minutes, one use. */
  async ownerLink(): Promise<string> {
    const { token } = await this.parts.sessions.createLink();
    return `${this.adminUrl}/welcome#${token}`;
  }

  /** Lets open requests finish, writes down what waits, closes the database. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  #giveWay(plan: HandOver): void {
    this.#handOver = plan;
    this.stop().catch((error) => this.store.log.error(errorTrace(error)));
  }

  async #stop(): Promise<void> {
    const { runner, services, backups, certificates, transfer, git, upgrades } = this.parts;
    const { access, appLog, keys, sessions, traffic, visits, links, proofs } = this.parts;
    const { supervisor, watchdog, listener, drain } = this.parts;
    const { db, settings, lock } = this.store;
    drain.on = true;
    upgrades.stop();
    backups.stop();
    transfer.stop();
    git.stop();
    await certificates.stop();
    // An answer without an end is cut by the runner's end.
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, settings.get("server.drainSeconds") * 1000);
    await Promise.race([listener.drain(), patience.promise]);
    clearTimeout(timer);
    await services.stop();
    await runner.close();
    listener.close();
    watchdog.close();
    await supervisor.stop();
    await appLog.flush();
    await keys.flush();
    await sessions.flush();
    proofs.close();
    await access.flush().catch(() => {});
    // What is not counted must not keep a node from stopping.
    await visits.flush().catch(() => {});
    await links.flush().catch(() => {});
    await traffic.flush().catch(() => {});
    await db.write(writeNodeRecord, { record: null });
    await db.close();
    lock.release();
    this.#closed.resolve();
  }
}
