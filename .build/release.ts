// Writes and signs the manifest of a release, and makes the key that signs it.
import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";
import { newestLevel } from "../kernel/db/mod.ts";
import {
  makeKeyPair,
  MANIFEST_NAME,
  parseRelease,
  SIGNATURE_END,
  signBytes,
} from "../kernel/upgrade/mod.ts";
import project from "../deno.json" with { type: "json" };

const HELP = `deno task release --key-file FILE --new-key
  makes a key: FILE is the secret one, FILE.pub what builds and nodes are given
deno task release --key-file FILE [--set-version V] [--notes TEXT] [--output DIR] FILE[=TARGET]...
  writes ${MANIFEST_NAME}, its signature and install.sh into DIR, where the executables are
  TARGET is this machine's where none is said; what begins with #! is a portable file`;

/** What {@link writeRelease} is told. */
export interface ReleaseTask {
  readonly folder: string;
  readonly version: string;
  readonly notes?: string;
  readonly createdAt: number;
  /** Level of the schema it brings databases to. */
  readonly schema?: number;
  readonly files: readonly { readonly path: string; readonly target: string }[];
  /** Undefined leaves it unsigned. */
  readonly key: { readonly publicKey: string; readonly privateKey: string } | undefined;
}

/** Writes a release's manifest, and its signature where there is a key; returns its path. */
export async function writeRelease(task: ReleaseTask): Promise<string> {
  const files = [];
  for (const { path, target } of task.files) {
    const { kind, size, sha256 } = await measure(path);
    files.push({ target, kind, url: basename(path), size, sha256 });
  }
  const { version, createdAt, notes, schema = newestLevel() } = task;
  const manifest = {
    ...{ kind: "fazt-release", format: 1, version, createdAt },
    ...(notes === undefined ? {} : { notes }),
    ...{ schema, minSchema: 0, files },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest, null, 2) + "\n");
  parseRelease(bytes);
  const path = `${task.folder}/${MANIFEST_NAME}`;
  await Deno.writeFile(path, bytes);
  if (task.key) await Deno.writeTextFile(path + SIGNATURE_END, await signBytes(bytes, task.key));
  return path;
}

async function measure(path: string) {
  const hash = createHash("sha256");
  let size = 0;
  let first: Uint8Array | undefined;
  using file = await Deno.open(path);
  for await (const chunk of file.readable) {
    first ??= chunk;
    size += chunk.length;
    hash.update(chunk);
  }
  const portable = first?.[0] === 0x23 && first[1] === 0x21;
  return { kind: portable ? "portable" : "compiled", size, sha256: hash.digest("hex") };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "key-file": { type: "string" },
      "new-key": { type: "boolean", default: false },
      "set-version": { type: "string", default: project.version },
      notes: { type: "string" },
      output: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const keyFile = values["key-file"];
  if (values.help || keyFile === undefined) {
    console.log(HELP);
    Deno.exit(values.help ? 0 : 2);
  }
  if (values["new-key"]) {
    const { publicKey, privateKey } = await makeKeyPair();
    await Deno.writeTextFile(keyFile, privateKey, { mode: 0o600, createNew: true });
    await Deno.writeTextFile(`${keyFile}.pub`, `${publicKey}\n`, { createNew: true });
    console.log(`${publicKey}\nbuild with it: deno task compile --release-key ${publicKey}`);
  } else {
    const files = positionals.map((said) => {
      const [path, target = Deno.build.target] = said.split("=");
      return { path: path!, target };
    });
    const path = await writeRelease({
      folder: values.output ?? dirname(files[0]?.path ?? "."),
      version: values["set-version"],
      ...(values.notes === undefined ? {} : { notes: values.notes }),
      createdAt: Date.now(),
      files,
      key: {
        publicKey: (await Deno.readTextFile(`${keyFile}.pub`)).trim(),
        privateKey: await Deno.readTextFile(keyFile),
      },
    });
    // Whoever has no fazt yet begins with this, from the same place.
    await Deno.copyFile(new URL("install.sh", import.meta.url), `${dirname(path)}/install.sh`);
    console.log(`${path}: ${values["set-version"]}, ${files.length} file(s), signed`);
  }
}
