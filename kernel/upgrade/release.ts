import { compareSemver, isSemver } from "../apps/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";

/** The manifest's name beside the files of a release. */
export const MANIFEST_NAME = "fazt-release.json";
/** The manifest's version that this executable understands. */
export const FORMAT = 1;

const file = z.object({
  /** Of Deno: `x86_64-unknown-linux-gnu`. */
  target: z.string().max(100).regex(/^[a-z0-9_]+(?:-[a-z0-9_]+){1,3}$/),
  kind: z.enum(["portable", "compiled"]),
  /** Absolute, or from the manifest. */
  url: z.string().min(1).max(2000),
  /** Bytes. */
  size: z.int().min(1).max(4 * 1024 ** 3),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"),
});

const schema = z.object({
  // What a signature over these bytes is about: it must not fit anything else that is signed.
  kind: z.literal("fazt-release"),
  format: z.literal(FORMAT),
  version: z.string().max(100).refine(isSemver, "must be a version such as 1.2.3"),
  /** Unix ms. */
  createdAt: z.int().min(0),
  notes: z.string().max(10_000).optional(),
  /** Level it brings a database to. */
  schema: z.int().min(0),
  /** Lowest level it can bring a database up from. */
  minSchema: z.int().min(0).default(0),
  files: z.array(file).min(1).max(100),
});

/** What a manifest says of one version. */
export type Release = z.output<typeof schema>;
/** One executable of a release. */
export type ReleaseFile = Release["files"][number];

/** Reads a manifest. @throws {FaztError} `RELEASE_INVALID`. */
export function parseRelease(bytes: Uint8Array): Release {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid("it is not JSON");
  }
  const { kind, format } = Object(value);
  if (kind === "fazt-release" && Number.isInteger(format) && format > FORMAT) {
    throw invalid(`it is of format ${format}, this executable reads ${FORMAT}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw invalid(`${path.join(".") || "the whole"}: ${message}`);
}

/** What this machine needs of a release. */
export interface Wanted {
  readonly target: string;
  readonly kind: ReleaseFile["kind"];
}

/** The file for this machine: of the same kind where there is one. @throws {FaztError} `RELEASE_TARGET`. */
export function fileFor(release: Release, { target, kind }: Wanted): ReleaseFile {
  const fitting = release.files.filter((one) => one.target === target);
  const found = fitting.find((one) => one.kind === kind) ?? fitting[0];
  if (found) return found;
  const there = [...new Set(release.files.map((one) => one.target))].join(", ");
  throw new FaztError(
    "RELEASE_TARGET",
    `Cannot upgrade to ${release.version}: it has no file for ${target}, only for ${there}`,
    { hint: "build it for this machine: deno task compile", status: 422 },
  );
}

/** Where the node stands, against which a release is judged. */
export interface Standing {
  readonly version: string;
  /** Level of the database; undefined without one. */
  readonly level: number | undefined;
}

/**
 * Whether a release may follow what runs.
 * @throws {FaztError} `UPGRADE_CURRENT`, `DOWNGRADE`, `RELEASE_SCHEMA`.
 */
export function judgeRelease(release: Release, now: Standing, rollback: boolean): void {
  const order = compareSemver(release.version, now.version);
  if (order === 0) {
    throw new FaztError("UPGRADE_CURRENT", `Nothing to do: ${now.version} runs already`, {
      hint: "fazt upgrade --check shows what is offered",
      status: 409,
    });
  }
  if (order < 0 && !rollback) {
    throw new FaztError(
      "DOWNGRADE",
      `Cannot go from ${now.version} back to ${release.version} as an upgrade`,
      { hint: "fazt upgrade --rollback goes back; add the URL for another version", status: 409 },
    );
  }
  if (now.level !== undefined && now.level < release.minSchema) {
    throw new FaztError(
      "RELEASE_SCHEMA",
      `Cannot upgrade to ${release.version}: it takes databases from level ${release.minSchema} ` +
        `on, this one is at ${now.level}`,
      { hint: "upgrade to a version between the two first", status: 409 },
    );
  }
}

function invalid(why: string): FaztError {
  return new FaztError("RELEASE_INVALID", `Cannot read the release: ${why}`, {
    hint: `give the address of a ${MANIFEST_NAME}`,
    status: 422,
  });
}
