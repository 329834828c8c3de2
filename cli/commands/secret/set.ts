import type { Secret } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { list, styled } from "../../format.ts";
import type { Io } from "../../io.ts";
import { ownerOf } from "../../query.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt secret set`. */
export const command = defineCommand({
  name: "secret set",
  summary: "Keep a secret that requests carry to the hosts named and no app can read",
  group: "config",
  args: ["<NAME>", "[host...]"],
  flags: {
    app: "only for this app (default: every app)",
    value: "the secret itself, which the shell's history keeps (default: asked for, or stdin)",
  },
  examples: [
    "secret set STRIPE_KEY api.stripe.com",
    "secret set GITHUB_TOKEN api.github.com '*.githubusercontent.com' --app blog < token.txt",
  ],
  async run({ args, flags, api, out, io, prompt }) {
    const name = args.NAME;
    if (/[=:]/.test(name)) {
      throw usageError(
        "Cannot name a secret so: its value does not stand on the line",
        "fazt secret set NAME HOST, which asks for the value",
      );
    }
    // Egress reaches no name without a dot, so this is the value, typed where it would be shown.
    if (args.host.some((host) => !/[.[*]/.test(host))) {
      throw usageError(
        `Cannot keep ${name} so: what follows its name are hosts, such as api.stripe.com`,
        "add no value to the line: it is asked for, or read from stdin",
      );
    }
    const value = flags.value ??
      (io.stdin.isTerminal ? await prompt.secret(`Value of ${name}`) : await fromPipe(io, name));
    if (value === undefined || value === "") {
      throw usageError(`Cannot set ${name}: no value was given`, "pipe it in or add --value");
    }
    const { app } = flags;
    const body = { name, value, hosts: args.host, ...(app === undefined ? {} : { app }) };
    const secret = await api.put<Secret>("/api/secrets", body);
    if (secret.hosts.length === 0) {
      out.message([
        styled("yellow", "warning: "),
        `${secret.name} names no hosts, so it goes wherever an app that uses it may send requests`,
      ], `hint: fazt secret set ${secret.name} HOST`);
    }
    out.result(secret, () => [
      `${secret.name} is kept for ${ownerOf(secret)}, for the hosts ${
        secret.hosts.length === 0 ? "an app may reach" : list(secret.hosts)
      }`,
    ]);
  },
});

/** All of stdin without the line end that editors and `echo` add: a key may have many lines. */
async function fromPipe(io: Io, name: string): Promise<string> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await io.stdin.readAll());
    return text.replace(/\r?\n$/, "");
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw usageError(`Cannot set ${name}: stdin is not UTF-8 text`, "encode it, such as in base64");
  }
}
