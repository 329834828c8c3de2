import { join } from "node:path";
import { FaztError } from "../kernel/lib/fazt_error.ts";

/** One step of putting a root where programs of this machine look for it. */
export type TrustStep =
  /** Writes the root's PEM there. */
  | { readonly kind: "write"; readonly path: string }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "run"; readonly command: readonly string[]; readonly optional?: boolean };

/** What a machine is, as far as its store of roots depends on it. */
export interface Machine {
  readonly os: string;
  readonly home: string;
  /** Whether a file or folder is there. */
  exists(path: string): boolean;
  /** Whether a program is on the path. */
  has(program: string): boolean;
}

/** Folders of roots on Linux and the program that reads them. */
const LINUX_STORES = [
  {
    folder: "/usr/local/share/ca-certificates",
    ending: "crt",
    program: "update-ca-certificates",
    args: [],
  },
  {
    folder: "/etc/pki/ca-trust/source/anchors",
    ending: "pem",
    program: "update-ca-trust",
    args: ["extract"],
  },
  {
    folder: "/etc/ca-certificates/trust-source/anchors",
    ending: "crt",
    program: "trust",
    args: ["extract-compat"],
  },
] as const;

/** The steps that make this machine believe a root, or forget it; empty where nobody knows how. */
export function trustSteps(
  machine: Machine,
  { name, file, remove }: {
    /** What the root is listed as; letters, digits and dashes. */
    readonly name: string;
    /** A file with the root's PEM. */
    readonly file: string;
    readonly remove: boolean;
  },
): TrustStep[] {
  switch (machine.os) {
    case "linux":
      return [
        ...systemSteps(machine, { name, remove }),
        ...nssSteps(machine, { name, file, remove }),
      ];
    case "darwin":
      return [{
        kind: "run",
        command: remove ? ["security", "remove-trusted-cert", file] : [
          ...["security", "add-trusted-cert", "-r", "trustRoot", "-k"],
          ...[`${machine.home}/Library/Keychains/login.keychain-db`, file],
        ],
      }];
    case "windows":
      return [{
        kind: "run",
        command: remove
          ? ["certutil", "-user", "-delstore", "Root", name]
          : ["certutil", "-user", "-addstore", "Root", file],
      }];
    default:
      return [];
  }
}

/** Does the steps. @throws {FaztError} `TRUST` naming the step that failed. */
export async function runTrustSteps(steps: readonly TrustStep[], pem: string): Promise<void> {
  for (const step of steps) {
    try {
      if (step.kind === "write") await Deno.writeTextFile(step.path, pem);
      else if (step.kind === "delete") await Deno.remove(step.path).catch(unlessMissing);
      else await run(step.command);
    } catch (cause) {
      if (step.kind === "run" && step.optional) continue;
      throw new FaztError("TRUST", `Cannot change this machine's roots: ${shown(step)} failed`, {
        hint: cause instanceof Deno.errors.PermissionDenied
          ? "run it as root (sudo), or fazt server trust --print > root.pem and add it by hand"
          : "fazt server trust --print > root.pem, and add it by hand",
        status: 403,
        cause,
      });
    }
  }
}

/** A step as a person would do it. */
export function shown(step: TrustStep): string {
  if (step.kind === "run") return step.command.join(" ");
  return step.kind === "write" ? `write ${step.path}` : `delete ${step.path}`;
}

function systemSteps(
  machine: Machine,
  { name, remove }: { readonly name: string; readonly remove: boolean },
): TrustStep[] {
  const store = LINUX_STORES.find(({ folder, program }) =>
    machine.exists(folder) && machine.has(program)
  );
  if (store === undefined) return [];
  const path = join(store.folder, `${name}.${store.ending}`);
  return [
    { kind: remove ? "delete" : "write", path },
    { kind: "run", command: [store.program, ...store.args] },
  ];
}

/** Chromium on Linux has a store of its own in each person's home. */
function nssSteps(
  machine: Machine,
  { name, file, remove }: {
    readonly name: string;
    readonly file: string;
    readonly remove: boolean;
  },
): TrustStep[] {
  const folder = `${machine.home}/.pki/nssdb`;
  if (!machine.has("certutil") || !machine.exists(folder)) return [];
  const store = ["-d", `sql:${folder}`];
  return [{
    kind: "run",
    optional: remove,
    command: remove
      ? ["certutil", ...store, "-D", "-n", name]
      : ["certutil", ...store, "-A", "-t", "C,,", "-n", name, "-i", file],
  }];
}

async function run(command: readonly string[]): Promise<void> {
  const [program, ...args] = command;
  const { success } = await new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error("it said no");
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
