import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { Connection } from "./connection.ts";
import type { AnyOperation } from "./operation.ts";
import type { FromWorker, Job, Outcome, ToWorker } from "./protocol.ts";

/** How a worker runs a batch: as one durable commit, or each job on a read-only connection. */
export type WorkerMode = "writer" | "background";

/** The part of a worker's global scope this loop needs. */
export interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
  close(): void;
}

/** Serves operations inside a database worker until it is told to close. */
export function serveOperations(
  scope: WorkerScope,
  mode: WorkerMode,
  operations: readonly AnyOperation[],
): void {
  const known = new Map(operations.map((op) => [op.name, op]));
  let db: Connection | undefined;
  scope.onmessage = ({ data }) => {
    try {
      if (data.kind === "open") {
        db = new Connection(data.path, { readOnly: mode === "background" });
        if (data.maxPages > 0) db.exec(`PRAGMA max_page_count = ${Math.floor(data.maxPages)}`);
        scope.postMessage({ kind: "opened" });
      } else if (data.kind === "batch") {
        const run = mode === "writer" ? runBatch : runPlain;
        scope.postMessage({ kind: "done", outcomes: run(db!, known, data.jobs) });
      } else {
        if (mode === "writer") db?.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        db?.close();
        scope.postMessage({ kind: "closed" });
        scope.close();
      }
    } catch (error) {
      scope.postMessage({ kind: "failed", message: String(error) });
    }
  };
}

type Known = ReadonlyMap<string, AnyOperation>;

/** Jobs in their order: what must run outside of a transaction ends the one before it. */
function runBatch(db: Connection, known: Known, jobs: readonly Job[]): Outcome[] {
  const at = jobs.findIndex((job) => known.get(job.name)?.alone);
  if (at < 0) return runCommitted(db, known, jobs);
  return [
    ...(at === 0 ? [] : runCommitted(db, known, jobs.slice(0, at))),
    attempt(db, known, jobs[at]!),
    ...(at === jobs.length - 1 ? [] : runBatch(db, known, jobs.slice(at + 1))),
  ];
}

/** Group commit: every job behind its own savepoint, one commit and one fsync for them all. */
function runCommitted(db: Connection, known: Known, jobs: readonly Job[]): Outcome[] {
  const outcomes: Outcome[] = [];
  // Why SQLite ended the whole transaction, if a job made it do so (a full disk does).
  let ended: Outcome | undefined;
  try {
    db.run("BEGIN IMMEDIATE");
    for (const job of jobs) {
      db.run("SAVEPOINT job");
      const outcome = attempt(db, known, job);
      if (!outcome.ok) {
        ended = outcome;
        db.run("ROLLBACK TO job");
        ended = undefined;
      }
      db.run("RELEASE job");
      outcomes.push(outcome);
    }
    // Not by exec(): its errors do not say which fault it was.
    db.run("COMMIT");
    return outcomes;
  } catch (error) {
    // Nothing of the batch was written.
    try {
      db.exec("ROLLBACK");
    } catch { /* SQLite had already rolled back */ }
    // The job that did it fails alone; its neighbours get a transaction each.
    if (ended && jobs.length > 1) return jobs.flatMap((job) => runCommitted(db, known, [job]));
    const lost = ended ?? failure(error);
    return jobs.map((_, i) => outcomes[i]?.ok === false ? outcomes[i]! : lost);
  }
}

function runPlain(db: Connection, known: Known, jobs: readonly Job[]): Outcome[] {
  return jobs.map((job) => attempt(db, known, job));
}

function attempt(db: Connection, known: Known, job: Job): Outcome {
  const op = known.get(job.name);
  if (op === undefined) return failure(new Error(`unknown operation ${job.name}`));
  try {
    return { ok: true, value: op.run(db, job.params) };
  } catch (error) {
    return failure(error);
  }
}

/** SQLite's SQLITE_READONLY, IOERR, CORRUPT, CANTOPEN and NOTADB (sqlite.org/rescode.html). */
const FILE_FAULTS = [8, 10, 11, 14, 26];

function failure(thrown: unknown): Outcome {
  const error = toFaztError(thrown);
  const code = (thrown as { errcode?: number } | null)?.errcode;
  return {
    ok: false,
    error: error.toBody(),
    status: error.status,
    ...(code !== undefined && FILE_FAULTS.includes(code & 0xff) ? { fault: true } : {}),
    ...(thrown instanceof FaztError ? {} : { trace: String((thrown as Error)?.stack ?? thrown) }),
  };
}
