import { FaztError } from "../../kernel/lib/fazt_error.ts";
import { spawn } from "./spawn.ts";

/** One thing that installing or removing does; shown as it is with `--dry-run`. */
export type Step =
  | { readonly do: "run"; readonly command: readonly string[]; readonly optional?: true }
  | { readonly do: "folder"; readonly path: string; readonly mode: string; readonly owner?: string }
  | {
    readonly do: "copy";
    readonly from: string;
    readonly path: string;
    readonly mode: string;
    readonly owner?: string;
  }
  | { readonly do: "write"; readonly path: string; readonly mode: string; readonly text: string }
  | { readonly do: "remove"; readonly path: string };

/** One line for a person. */
export function stepLine(step: Step): string {
  switch (step.do) {
    case "run":
      return `run     ${step.command.join(" ")}`;
    case "folder":
      return `folder  ${step.path} (${step.mode}${step.owner ? `, ${step.owner}` : ""})`;
    case "copy":
      return `copy    ${step.from} to ${step.path} (${step.mode})`;
    case "write":
      return `write   ${step.path} (${step.mode})`;
    case "remove":
      return `remove  ${step.path}`;
  }
}

/** Does one step. @throws {FaztError} saying which command failed and what it said. */
export async function doStep(step: Step): Promise<void> {
  switch (step.do) {
    case "run":
      return void await spawn(step.command, { tolerant: step.optional === true });
    case "folder":
      await Deno.mkdir(step.path, { recursive: true });
      await refuseLink(step.path);
      await Deno.chmod(step.path, parseInt(step.mode, 8));
      return await own(step.path, step.owner);
    case "copy": {
      // What runs there keeps its file: the name gets another one. The folder is its user's, who
      // must not lead root elsewhere: what is made is new, and links are not followed.
      const part = `${step.path}.part`;
      await Deno.remove(part).catch(() => {});
      const options = { write: true, createNew: true, mode: parseInt(step.mode, 8) };
      await (await Deno.open(step.from)).readable.pipeTo((await Deno.open(part, options)).writable);
      await own(part, step.owner);
      return await Deno.rename(part, step.path);
    }
    case "write": {
      const part = `${step.path}.part`;
      await Deno.writeTextFile(part, step.text, { mode: parseInt(step.mode, 8) });
      return await Deno.rename(part, step.path);
    }
    case "remove":
      return await Deno.remove(step.path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
  }
}

async function own(path: string, owner: string | undefined): Promise<void> {
  if (owner !== undefined) {
    await spawn(["chown", "--no-dereference", `${owner}:${owner}`, path]);
  }
}

async function refuseLink(path: string): Promise<void> {
  if ((await Deno.lstat(path)).isDirectory) return;
  throw new FaztError("SERVICE", `Cannot go on: ${path} is no folder`, {
    hint: "look what stands there, and move it away",
    status: 409,
  });
}
