import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { nearest } from "../../../kernel/lib/nearest.ts";
import { defineCommand } from "../../command.ts";
import { table } from "../../table.ts";
import { TEMPLATE_NAMES, templateFiles, type TemplateName, TEMPLATES } from "../../templates.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt app create`. */
export const command = defineCommand({
  name: "app create",
  summary: "Make a folder with a small app that works",
  group: "apps",
  local: "it makes a folder on this machine",
  args: ["[name]"],
  flags: {
    template: `${TEMPLATE_NAMES.join(", ")} (default ${TEMPLATE_NAMES[0]})`,
    list: "show what each template makes",
    force: "write into a folder that is not empty, over files of the same names",
  },
  examples: ["app create blog", "app create notes --template api", "app create --list"],
  async run({ args: { name }, flags, io, out }) {
    if (flags.list) {
      const all = TEMPLATE_NAMES.map((name) => ({ name, about: TEMPLATES[name].about }));
      const rows = all.map(({ name, about }) => [name, about]);
      return out.result(all, () => table(["template", "makes"], rows));
    }
    if (name === undefined) {
      throw usageError("Cannot create: no name is given", "fazt app create NAME --template static");
    }
    const { checkLabel } = await import("../../../kernel/apps/mod.ts");
    checkLabel(name);
    const kind = readTemplate(flags.template ?? TEMPLATE_NAMES[0]!);
    const folder = resolve(io.cwd, name);
    await checkFolder(folder, name, flags.force ?? false);
    const files = templateFiles(kind, name);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, { flag: flags.force ? "w" : "wx" });
    }
    const { about, next } = TEMPLATES[kind];
    const created = { name, folder, template: kind, files: Object.keys(files), next: next(name) };
    out.result(
      created,
      () => [`${name}/ holds ${about}`, "next:", ...created.next.map((line) => `  ${line}`)],
    );
  },
});

function readTemplate(text: string): TemplateName {
  if (Object.hasOwn(TEMPLATES, text)) return text as TemplateName;
  const near = nearest(text, TEMPLATE_NAMES);
  throw usageError(
    `There is no template "${text}"${near ? `; did you mean ${near}?` : ""}`,
    `use ${TEMPLATE_NAMES.join(", ")}; fazt app create --list tells what they are`,
  );
}

/** @throws {FaztError} `EXISTS` for what would be written over. */
async function checkFolder(folder: string, name: string, force: boolean): Promise<void> {
  const present = await readdir(folder).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw error.code === "ENOTDIR" ? occupied(name, "there is a file of that name") : error;
  });
  if (present.length > 0 && !force) throw occupied(name, "the folder is not empty");
}

function occupied(name: string, why: string): FaztError {
  return new FaztError("EXISTS", `Cannot create ${name}: ${why}`, {
    hint: "choose another name, empty the folder, or add --force to write into it",
    status: 409,
  });
}
