import { defineCommand } from "../../command.ts";
import { Client } from "../../client.ts";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { EXIT } from "../../exit_code.ts";
import { findPeer, listPeers, type Peer } from "../../peers.ts";
import { table } from "../../table.ts";
import { peerTarget } from "../../target.ts";
import type { Health } from "../../api_types.ts";

interface PeerState {
  readonly name: string;
  readonly url: string;
  readonly ok: boolean;
  readonly version?: string;
  readonly apps?: number;
  readonly ms?: number;
  readonly error?: string;
}

/** `fazt peer status`. */
export const command = defineCommand({
  name: "peer status",
  summary: "Ask one peer, or every one, how it is",
  group: "system",
  args: ["[name]"],
  async run({ args, dbPath, out, signal }) {
    const peers = args.name === undefined ? listPeers(dbPath) : [findPeer(dbPath, args.name)];
    const states = await Promise.all(peers.map((peer) => ask(peer, signal)));
    out.result(
      states,
      () =>
        states.length === 0 ? ["No peers yet: fazt peer add NAME --url URL"] : table(
          ["NAME", "ADDRESS", "STATE", "VERSION", "APPS", "MS"],
          states.map((s) => [
            s.name,
            s.url,
            s.ok ? { text: "ok", style: "green" } : { text: s.error ?? "?", style: "red" },
            s.version,
            s.apps,
            s.ms,
          ]),
        ),
    );
    return states.every((state) => state.ok) ? EXIT.ok : EXIT.unreachable;
  },
});

async function ask(peer: Peer, signal: AbortSignal): Promise<PeerState> {
  const { name, url } = peer;
  const started = performance.now();
  try {
    const health = await new Client(() => peerTarget(peer), signal)
      .call<Health>("GET", "/api/system/health", { timeoutMs: 10_000 });
    const ms = Math.round(performance.now() - started);
    return { name, url, ok: true, version: health.version, apps: health.apps, ms };
  } catch (error) {
    if (!(error instanceof FaztError) || error.code === "INTERRUPTED") throw error;
    return { name, url, ok: false, error: error.message };
  }
}
