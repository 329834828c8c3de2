import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { Offer } from "../../../kernel/upgrade/mod.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import type { Line } from "../../output.ts";
import { facts } from "../../table.ts";
import { usageError } from "../../usage_error.ts";
import { upgradeHere } from "../../upgrade_here.ts";
import { upgradeNode } from "../../upgrade_node.ts";
import { whileRunning } from "../../with_node.ts";

/** `fazt upgrade`. */
export const command = defineCommand({
  name: "upgrade",
  summary: "Put a newer, signed executable in place, and go back by itself when it fails",
  group: "node",
  args: ["[URL]"],
  flags: {
    check: "only look at what is offered",
    rollback: "go back: to the executable of before, or to the version at URL",
    key: "trust releases signed with this key too (base64; on the node's machine)",
    "allow-unsigned": "take a release that nobody signed (on the node's machine)",
  },
  examples: [
    "upgrade --check",
    "upgrade https://example.com/fazt/fazt-release.json",
    "@prod upgrade --yes",
    "upgrade --rollback",
  ],
  async run(ctx) {
    const { args, flags, api, out, prompt } = ctx;
    const request = {
      ...(args.URL === undefined ? {} : { url: args.URL }),
      ...(flags.rollback ? { rollback: true } : {}),
      ...(flags.key === undefined ? {} : { key: flags.key }),
      ...(flags["allow-unsigned"] ? { allowUnsigned: true } : {}),
    };
    if (flags.check && flags.rollback && args.URL === undefined) {
      throw usageError(
        "Cannot check a rollback: what was before is known",
        "add a URL, or go back",
      );
    }
    // Whether a node runs is found out by asking it, not by a call that changes something.
    const running = await whileRunning(ctx, () => api.get("/api/upgrade"));
    if (flags.check) {
      const offer = running === undefined
        ? await upgradeHere(ctx).check(request)
        : await api.call<Offer>("POST", "/api/upgrade", {
          json: { ...request, check: true },
          timeoutMs: 90_000,
        });
      out.result(offer, () => offerLines(offer));
      return;
    }
    await prompt.agree(
      `${flags.rollback ? "Go back" : "Upgrade"} ${ctx.targetName}${
        running === undefined ? "" : "? It is away for a moment"
      }?`.replace("??", "?"),
    );
    const done = running === undefined
      ? await upgradeHere(ctx).run(request)
      : await upgradeNode(ctx, request);
    out.result(done, () => [
      [styled("green", `${done.from} -> ${done.to}`)],
      ...(done.backupId === undefined
        ? []
        : [`The database of before: fazt backup restore ${done.backupId}`]),
      ...(done.snapshot === undefined
        ? []
        : [`The database of before: fazt backup restore ${done.snapshot}`]),
      "Go back with: fazt upgrade --rollback",
    ]);
  },
});

function offerLines(offer: Offer): Line[] {
  const { release } = offer;
  return [
    offer.available
      ? [styled("green", `${release.version} is there`), `, ${offer.current} runs`]
      : offer.obstacle ?? `${offer.current} is the newest`,
    ...facts([
      ["from", offer.url],
      ["made", formatTime(release.createdAt)],
      ["signed by", release.signedBy ?? "nobody known"],
      ["file", `${release.kind}, ${release.target}, ${formatBytes(release.size)}`],
      ["sha256", release.sha256],
    ]),
    ...(release.notes ?? "").split("\n").filter((line) => line !== ""),
    ...(offer.available ? ["Take it: fazt upgrade"] : []),
  ];
}
