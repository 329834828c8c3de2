import { defineCommand } from "../../command.ts";
import { addPeer, isExposed } from "../../peers.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt peer add`. */
export const command = defineCommand({
  name: "peer add",
  summary: "Remember another node; its key is read from stdin unless --token is given",
  group: "system",
  local: "peers are kept in this machine's database",
  args: ["<name>"],
  flags: {
    url: "address of its dashboard, such as https://admin.example.com",
    token: "an API key from its `fazt server create-key`",
    default: "speak to it when no peer is named",
  },
  examples: [
    "peer add prod --url https://admin.example.com",
    "peer add prod --url https://admin.example.com --default < key.txt",
  ],
  async run({ args, flags, dbPath, out, prompt }) {
    if (flags.url === undefined) {
      throw usageError(
        `Cannot add the peer "${args.name}": --url is missing`,
        `fazt peer add ${args.name} --url https://admin.example.com`,
      );
    }
    const token = flags.token ?? await prompt.secret(`API key of ${args.name}`);
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      throw usageError("Cannot use that key: it has characters no key has", "copy it once more");
    }
    const peer = addPeer(dbPath, {
      name: args.name,
      url: flags.url,
      token,
      makeDefault: flags.default ?? false,
      at: Date.now(),
    });
    if (peer.token !== undefined && isExposed(peer.url)) {
      out.message("warning: plain HTTP: the key can be read on its way; use https");
    }
    const { name, url, isDefault, createdAt } = peer;
    out.result(
      { name, url, default: isDefault, hasToken: peer.token !== undefined, createdAt },
      () => [`${name} is ${url}${isDefault ? ", the default" : ""}`, `fazt @${name} status`],
    );
  },
});
