import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import type { AuthorityInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, list } from "../../format.ts";
import { facts } from "../../table.ts";
import { type Machine, runTrustSteps, shown, trustSteps } from "../../trust_store.ts";

/** `fazt server trust`. */
export const command = defineCommand({
  name: "server trust",
  summary: "Make this machine believe the certificates a node signs itself, such as of *.localhost",
  group: "node",
  flags: {
    "dry-run": "show what would be done",
    print: "only write the root as PEM to stdout",
    remove: "make this machine forget it",
  },
  examples: ["server trust --dry-run", "server trust", "server trust --print > root.pem"],
  async run({ flags, api, out, prompt, io }) {
    const root = await api.get<AuthorityInfo>("/api/certificates/authority");
    if (flags.print) {
      if (out.json) return out.result(root, () => []);
      return out.bytes(new TextEncoder().encode(root.pem));
    }
    const remove = flags.remove ?? false;
    const folder = await Deno.makeTempDir({ prefix: "fazt-root-" });
    try {
      const name = `fazt-${root.fingerprint.slice(0, 16)}`;
      const file = join(folder, `${name}.pem`);
      await Deno.writeTextFile(file, root.pem);
      const steps = trustSteps(machineOf(io.env), { name, file, remove });
      const about = facts([
        ["root", root.name],
        ["SHA-256", root.fingerprint],
        ["signs for", list(root.names)],
        ["until", formatTime(root.notAfter)],
      ]);
      const todo = { ...root, steps: steps.map(shown), done: !flags["dry-run"] };
      if (flags["dry-run"]) {
        return out.result(
          todo,
          () => [...about, "", "Would do:", ...todo.steps.map((one) => `  ${one}`)],
        );
      }
      if (steps.length === 0) {
        throw new FaztError(
          "TRUST",
          "Cannot change this machine's roots: no store of them was found",
          {
            hint: "fazt server trust --print > root.pem, and add it by hand",
            status: 409,
          },
        );
      }
      await prompt.agree(
        `${remove ? "Forget" : "Trust"} ${root.name} of ${api.target.name} on this machine?`,
      );
      await runTrustSteps(steps, root.pem);
      out.result(todo, () => [
        ...about,
        remove
          ? "This machine has forgotten it"
          : "This machine believes it; restart browsers. Firefox asks its own store: import the root there",
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

function machineOf(env: Readonly<Record<string, string | undefined>>): Machine {
  const folders = (env.PATH ?? "").split(delimiter).concat("/usr/sbin", "/sbin");
  return {
    os: Deno.build.os,
    home: env.HOME ?? homedir(),
    exists: existsSync,
    has: (program) => folders.some((folder) => folder !== "" && existsSync(join(folder, program))),
  };
}
