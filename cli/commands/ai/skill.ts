import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { defineCommand } from "../../command.ts";
import { filesAndSize } from "../../format.ts";
import { skillFiles } from "../../skill_files.ts";

/** How our own SKILL.md begins: such a file may be written over. */
const OURS = "---\nname: fazt\n";

/** `fazt skill`. */
export const command = defineCommand({
  name: "skill",
  summary: "Write the guide with which an agent builds and deploys apps here",
  group: "system",
  local: "it writes files on this machine",
  flags: {
    to: "the folder to write it into; without it the first file is printed",
    force: "write over files that are not of an earlier guide",
  },
  examples: ["skill", "skill --to ~/.agents/skills/fazt", "skill --json"],
  notes: ["Here --to names a folder on this machine and no peer."],
  async run({ flags, io, out }) {
    const files = skillFiles();
    if (flags.to === undefined) {
      const all = Object.entries(files).map(([path, text]) => ({ path, text }));
      return out.result({ files: all }, () => files["SKILL.md"]!.trimEnd().split("\n"));
    }
    const folder = resolve(io.cwd, flags.to);
    await refuseForeign(folder, flags.force ?? false);
    let size = 0;
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
      size += new TextEncoder().encode(text).length;
    }
    const paths = Object.keys(files);
    out.result({ folder, files: paths, size }, () => [
      `${flags.to} holds the guide: ${filesAndSize(paths.length, size)}`,
      "next:",
      `  tell your agent to read ${join(flags.to!, "SKILL.md")}`,
    ]);
  },
});

/** @throws {FaztError} `EXISTS` where the folder holds somebody else's skill. */
async function refuseForeign(folder: string, force: boolean): Promise<void> {
  if (force) return;
  const path = join(folder, "SKILL.md");
  const text = await readFile(path, "utf8").catch((error) => {
    if (error.code === "ENOENT") return OURS;
    throw error.code === "ENOTDIR"
      ? new FaztError("EXISTS", `Cannot write into ${folder}: there is a file of that name`, {
        hint: "name a folder",
        status: 409,
      })
      : error;
  });
  if (text.startsWith(OURS)) return;
  throw new FaztError("EXISTS", `Cannot write ${path}: another skill is there`, {
    hint: "name another folder, or add --force to write over it",
    status: 409,
  });
}
