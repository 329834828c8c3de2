import { type FaztError, toFaztError } from "../lib/fazt_error.ts";
import type { Candidate } from "./find_release.ts";
import { judgeRelease, type ReleaseFile, type Standing } from "./release.ts";

/** What is offered to a node. */
export interface Offer {
  readonly current: string;
  readonly available: boolean;
  /** Why it cannot be had, where it is another version and yet cannot. */
  readonly obstacle?: string;
  readonly url: string;
  readonly release: {
    readonly version: string;
    /** Unix ms. */
    readonly createdAt: number;
    readonly notes?: string;
    readonly schema: number;
    readonly signedBy?: string;
    readonly target: string;
    readonly kind: ReleaseFile["kind"];
    /** Bytes. */
    readonly size: number;
    readonly sha256: string;
  };
}

/** A release that was found, as a person sees it. */
export function offerOf(candidate: Candidate, now: Standing, rollback: boolean): Offer {
  const { release, file, signedBy, url } = candidate;
  const { version, createdAt, notes, schema } = release;
  const { target, kind, size, sha256 } = file;
  const obstacle = obstacleTo(candidate, now, rollback);
  return {
    current: now.version,
    available: obstacle === undefined,
    ...(obstacle === undefined || obstacle.code === "UPGRADE_CURRENT"
      ? {}
      : { obstacle: obstacle.message }),
    url,
    release: {
      ...{ version, createdAt, schema, target, kind, size, sha256 },
      ...(notes === undefined ? {} : { notes }),
      ...(signedBy === undefined ? {} : { signedBy }),
    },
  };
}

function obstacleTo(
  { release }: Candidate,
  now: Standing,
  rollback: boolean,
): FaztError | undefined {
  try {
    judgeRelease(release, now, rollback);
    return undefined;
  } catch (error) {
    return toFaztError(error);
  }
}
