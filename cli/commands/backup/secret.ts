import { defineCommand } from "../../command.ts";
import { usageError } from "../../usage_error.ts";

interface Kept {
  readonly passphrase: boolean;
  readonly s3SecretKey: boolean;
}

const FIELDS: Readonly<Record<string, keyof Kept>> = {
  passphrase: "passphrase",
  s3: "s3SecretKey",
};

/** `fazt backup secret`. */
export const command = defineCommand({
  name: "backup secret",
  summary: "Keep the passphrase that encrypts every backup, or the secret key of an S3 store",
  group: "node",
  args: ["<passphrase|s3>"],
  flags: { remove: "forget it", value: "the secret itself (default: asked for, or stdin)" },
  examples: ["backup secret passphrase", "backup secret s3 < key.txt", "backup secret s3 --remove"],
  async run({ args, flags, api, out, prompt }) {
    const which = args["passphrase|s3"];
    const field = Object.hasOwn(FIELDS, which) ? FIELDS[which] : undefined;
    if (field === undefined) {
      throw usageError(`Cannot keep "${which}"`, "fazt backup secret passphrase, or s3");
    }
    const value = flags.remove ? null : flags.value ?? await prompt.secret(`The ${which}`);
    if (value === undefined) {
      throw usageError(`Cannot keep the ${which}: none was given`, "pipe it in or add --value");
    }
    const kept = await api.put<Kept>("/api/backups/secrets", { [field]: value });
    if (value !== null && field === "passphrase") {
      out.message("Keep this passphrase elsewhere too: without it no backup can be restored");
    }
    out.result(kept, () => [`the ${which} is ${value === null ? "forgotten" : "kept"}`]);
  },
});
