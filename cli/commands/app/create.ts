import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { nearest } from "../../../kernel/lib/nearest.ts";
import { defineCommand } from "../../command.ts";
import { templateFiles, type TemplateName, TEMPLATES } from "../../templates.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt app create`. */
export const command = defineCommand({
  name: "app create",
  summary: "Make a folder with a small app that works",
  group: "apps",
  args: ["<name>"],
  flags: { template: `${Object.keys(TEMPLATES).join(", ")} (default static)` },
  examples: ["app create blog", "app create notes --template tool"],
  async run({ args: { name }, flags, io, out }) {
    const { checkLabel } = await import("../../../kernel/apps/mod.ts");
    checkLabel(name);
    const kind = readTemplate(flags.template ?? "static");
    const folder = resolve(io.cwd, name);
    const present = await readdir(folder).catch((error) => {
      if (error.code === "ENOENT") return [];
      throw occupied(name, "there is a file of that name");
    });
    if (present.length > 0) throw occupied(name, "the folder is not empty");
    const files = templateFiles(kind, name);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, { flag: "wx" });
    }
    out.result({ name, folder, template: kind, files: Object.keys(files) }, () => [
      `${name}/ holds ${TEMPLATES[kind]}`,
      `fazt app deploy ${name}`,
    ]);
  },
});

function readTemplate(text: string): TemplateName {
  if (Object.hasOwn(TEMPLATES, text)) return text as TemplateName;
  const names = Object.keys(TEMPLATES);
  throw usageError(
    `There is no template "${text}"`,
    `use ${names.join(", ")}${
      nearest(text, names) ? `; did you mean ${nearest(text, names)}?` : ""
    }`,
  );
}

function occupied(name: string, why: string): FaztError {
  return new FaztError("EXISTS", `Cannot create ${name}: ${why}`, {
    hint: "choose another name, or empty the folder",
    status: 409,
  });
}
