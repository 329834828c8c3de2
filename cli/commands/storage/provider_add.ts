import type { ProviderInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt storage provider add`. */
export const command = defineCommand({
  name: "storage provider add",
  summary: "Name an S3 bucket elsewhere that apps may keep their objects in",
  group: "data",
  args: ["<name>"],
  flags: {
    endpoint: "where the service answers",
    bucket: "the bucket, which must exist",
    region: "the bucket's region (default us-east-1)",
    "key-id": "the access key's id; the secret key is asked for, or read from stdin",
    "virtual-host": "the bucket is part of the host's name, not of the path",
  },
  examples: [
    "storage provider add nas --endpoint http://nas.local:9000 --bucket fazt --key-id AKIA1 < key",
  ],
  async run({ args, flags, api, out, prompt }) {
    const { endpoint, bucket, region } = flags;
    const accessKeyId = flags["key-id"];
    if (endpoint === undefined || bucket === undefined || accessKeyId === undefined) {
      throw usageError(
        `Cannot add ${args.name}: --endpoint, --bucket and --key-id are needed`,
        "fazt storage provider add --help shows an example",
      );
    }
    const secretAccessKey = await prompt.secret(`Secret access key of ${accessKeyId}`);
    if (secretAccessKey === undefined) {
      throw usageError(`Cannot add ${args.name}: no secret key was given`, "type it or pipe it in");
    }
    const added = await api.post<ProviderInfo>("/api/storage-providers", {
      name: args.name,
      endpoint,
      bucket,
      accessKeyId,
      secretAccessKey,
      ...(region === undefined ? {} : { region }),
      pathStyle: !flags["virtual-host"],
    });
    out.result(added, () => [
      `${added.name} is ready; an app uses it with "storage": {"s3": "external:s3://${added.bucket}"} in app.json`,
    ]);
  },
});
