import type { Client } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { formatTime } from "../../format.ts";
import type { OfflineServices } from "../../node.ts";
import { usageError } from "../../usage_error.ts";
import { withNode } from "../../with_node.ts";

interface OwnerLink {
  readonly url: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** What was done; without anything to do, a link was made. */
interface Done {
  readonly link?: OwnerLink;
  readonly password?: boolean;
  readonly codesOff?: boolean;
  readonly signedOut?: number;
}

interface Wanted {
  readonly password: string | undefined;
  readonly resetCodes: boolean;
  readonly signOut: boolean;
  readonly link: boolean;
}

/** `fazt server set-credentials`. */
export const command = defineCommand({
  name: "server set-credentials",
  summary: "Let the owner in again: by a link of 30 minutes and one use, or a new password",
  group: "node",
  flags: {
    password: "set the owner's password: typed, or a line of stdin; signs out everywhere",
    "reset-totp": "ask for codes of an authenticator no longer",
    "sign-out": "end every session",
  },
  examples: [
    "server set-credentials",
    "server set-credentials --password < password.txt",
    "server set-credentials --reset-totp --sign-out",
  ],
  async run(ctx) {
    const { flags, out } = ctx;
    const wanted: Wanted = {
      password: flags.password ? await newPassword(ctx) : undefined,
      resetCodes: flags["reset-totp"] ?? false,
      signOut: flags["sign-out"] ?? false,
      link: !flags.password,
    };
    const done = await withNode<Done>(ctx, {
      running: (api) => online(api, wanted),
      stopped: (services) => offline(services, wanted),
    });
    const { link, codesOff, signedOut } = done;
    out.result(done, () => [
      ...(done.password ? ["The password is set; every session has ended"] : []),
      ...(codesOff === undefined
        ? []
        : [codesOff ? "Codes are asked for no longer" : "No codes were asked for"]),
      ...(signedOut === undefined || done.password ? [] : [`Sessions ended: ${signedOut}`]),
      ...(link ? [link.url, `One use, until ${formatTime(link.expiresAt)}`] : []),
    ]);
  },
});

/** Asks for it, twice where somebody types it unseen. */
async function newPassword({ io, prompt }: Context): Promise<string> {
  const password = await prompt.secret("The owner's new password");
  if (password === undefined) {
    throw usageError("Cannot set the password: none was given", "type it, or pipe a line in");
  }
  if (io.stdin.isTerminal && await prompt.secret("The same once more") !== password) {
    throw usageError("Cannot set the password: the two are not the same", "type it again");
  }
  return password;
}

async function online(api: Client, wanted: Wanted): Promise<Done> {
  const done: { -readonly [K in keyof Done]: Done[K] } = {};
  // First what keeps others out.
  if (wanted.resetCodes) {
    done.codesOff = await api.delete("/api/owner/totp").then(() => true, (error) => {
      if (error instanceof FaztError && error.code === "NOT_FOUND") return false;
      throw error;
    });
  }
  if (wanted.password !== undefined) {
    await api.put("/api/owner/password", { password: wanted.password });
    done.password = true;
  }
  if (wanted.signOut) {
    done.signedOut = (await api.delete<{ ended: number }>("/api/sessions")).ended;
  }
  if (wanted.link) done.link = await api.post<OwnerLink>("/api/owner-links");
  return done;
}

async function offline(services: OfflineServices, wanted: Wanted): Promise<Done> {
  const { owner, sessions, ownerLinks, record } = services;
  const done: { -readonly [K in keyof Done]: Done[K] } = {};
  if (wanted.resetCodes) {
    done.codesOff = await owner.dropCodes();
    if (done.codesOff) record("owner.codes-off");
  }
  if (wanted.password !== undefined) {
    await owner.setPassword(wanted.password);
    record("owner.password");
    done.password = true;
  }
  if (wanted.signOut) {
    done.signedOut = await sessions.revokeAll();
    record("session.end-all");
  }
  if (wanted.link) {
    done.link = await ownerLinks.create();
    record("owner-link.create");
  }
  return done;
}
