import type { Connection } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { ANONYMOUS_USER, SYSTEM_USER } from "../../lib/ids.ts";
import { z } from "../../lib/zod.ts";
import {
  type GivenTable,
  number,
  type PillarMove,
  placeOf,
  type Places,
  shaped,
  type TakenRows,
  time,
  whose,
} from "../moving.ts";
import {
  addIndex,
  assertName,
  type Collection,
  findCollection,
  indexesOf,
  makeCollection,
  tablesOf,
} from "./catalog.ts";
import { assertId, insertDocuments, readDocument } from "./documents.ts";
import { MAX_AUTOMATIC, MAX_INDEXES } from "./limits.ts";
import { quoted } from "./path.ts";

const yes = z.union([z.literal(0), z.literal(1)]);
const collectionRow = z.strictObject({
  n: number,
  people: yes,
  name: z.string(),
  created_at: time,
});
const indexRow = z.strictObject({ n: number, path: z.string(), automatic: yes, created_at: time });
const documentRow = z.strictObject({
  user_id: whose,
  id: z.string(),
  created_at: time,
  updated_at: time,
  body: z.string(),
});

/** Collections move as their documents' JSON; tables, indexes and counts are made anew. */
export const DS_MOVE: PillarMove = {
  pillar: "ds",
  tables: ["ds_collections", "ds_indexes"],
  give,
  take: (db, taken) => {
    if (taken.table === "ds_collections") return takeCollections(db, taken);
    if (taken.table === "ds_indexes") takeIndexes(db, taken);
    else takeDocuments(db, taken);
    return {};
  },
};

function* give(db: Connection, appId: string): Generator<GivenTable> {
  const collections = db.all<{ id: bigint; people: bigint; name: string; created_at: bigint }>(
    "SELECT id, people, name, created_at FROM ds_collections " +
      "WHERE app_id = ? AND name IS NOT NULL ORDER BY id",
    appId,
  );
  if (collections.length === 0) return;
  yield {
    name: "ds_collections",
    columns: Object.keys(collectionRow.shape),
    rows: collections.map(({ id, people, name, created_at }) => [id, people, name, created_at]),
  };
  const indexes = db.all<{ n: bigint; path: string; automatic: bigint; created_at: bigint }>(
    "SELECT collection_id AS n, path, automatic, created_at FROM ds_indexes " +
      "WHERE app_id = ? ORDER BY id",
    appId,
  );
  yield {
    name: "ds_indexes",
    columns: Object.keys(indexRow.shape),
    rows: indexes.map(({ n, path, automatic, created_at }) => [n, path, automatic, created_at]),
  };
  for (const { id, people, name } of collections) {
    const columns = Object.keys(documentRow.shape);
    const owner = { appId, userId: people === 1n ? ANONYMOUS_USER : SYSTEM_USER };
    yield { name: `ds_${id}`, columns, rows: documentsOf(db, findCollection(db, owner, name)!) };
  }
}

/** What is archived stays: an archive is brought back before it moves. */
function* documentsOf(
  db: Connection,
  collection: Collection,
): Generator<readonly (string | bigint)[]> {
  for (const table of tablesOf(db, collection)) {
    // As text: nobody has to believe the binary form of a stranger.
    const rows = db.iterate<Record<"user_id" | "id" | "body", string> & Record<"c" | "u", bigint>>(
      `SELECT user_id, id, created_at AS c, updated_at AS u, json(body) AS body FROM ${table} ` +
        "ORDER BY seq",
    );
    for (const { user_id, id, c, u, body } of rows) yield [user_id, id, c, u, body];
  }
}

function takeCollections(db: Connection, { appId, rows, limits, at }: TakenRows): Places {
  const places: Record<string, string> = {};
  for (const row of rows) {
    const { n, people, name } = shaped(row, collectionRow, "ds_collections");
    assertName(name);
    // Any person will do: what counts is only whether it is one.
    const owner = { appId, userId: people === 1 ? ANONYMOUS_USER : SYSTEM_USER };
    if (findCollection(db, owner, name)) throw invalid(`there are two collections ${quoted(name)}`);
    const { id } = makeCollection(db, owner, { name, at, max: limits.collections });
    places[`ds_${n}`] = String(id);
  }
  return places;
}

function takeIndexes(db: Connection, taken: TakenRows): void {
  for (const row of taken.rows) {
    const { n, path, automatic, created_at } = shaped(row, indexRow, "ds_indexes");
    const collection = collectionOf(db, taken, `ds_${n}`);
    const indexes = indexesOf(db, collection);
    const own = indexes.filter((index) => index.automatic).length + automatic;
    if (indexes.length >= MAX_INDEXES || own > MAX_AUTOMATIC) {
      throw invalid(`a collection has at most ${MAX_INDEXES} indexes`);
    }
    if (indexes.some(({ text }) => text === path)) {
      throw invalid(`${quoted(path)} is indexed twice`);
    }
    addIndex(db, collection, { text: path, automatic: automatic === 1, at: created_at });
  }
}

function takeDocuments(db: Connection, taken: TakenRows): void {
  const { appId, rows, limits, at, table } = taken;
  const collection = collectionOf(db, taken, table);
  const read = rows.map((row) => shaped(row, documentRow, table));
  for (const [userId, theirs] of Map.groupBy(read, ({ user_id }) => user_id)) {
    if ((userId !== SYSTEM_USER) !== collection.people) {
      throw invalid("documents of a person stand among those of everybody, or the other way");
    }
    insertDocuments(db, collection, {
      owner: { appId, userId },
      at,
      limits,
      chosen: theirs.map(({ id }) => id),
      documents: theirs.map(({ id, body }) => {
        const document = readDocument(body, assertId(id));
        if (document.id === id) return document;
        throw invalid(`a document has two ids, ${quoted(id)} is one of them`);
      }),
      times: theirs.map(({ created_at, updated_at }) => [created_at, updated_at]),
    });
  }
}

function collectionOf(db: Connection, taken: TakenRows, named: string): Collection {
  const id = Number(placeOf(taken, named));
  const { people, name } = db.get<{ people: number; name: string }>(
    "SELECT people, name FROM ds_collections WHERE id = ? AND app_id = ?",
    id,
    taken.appId,
  )!;
  return { id, appId: taken.appId, people: people === 1, name };
}

function invalid(why: string): FaztError {
  return new FaztError("INVALID", `Cannot take these collections: ${why}`);
}
