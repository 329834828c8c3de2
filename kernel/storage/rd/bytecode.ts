/** One instruction of a compiled statement, as `EXPLAIN` shows it. */
export interface Instruction {
  readonly addr: number;
  readonly opcode: string;
  readonly p1: number;
  readonly p2: number;
  readonly p3: number;
  readonly p4: string | null;
}

/** Instructions of which `p2` is no place to jump to; whatever is not here may jump there. */
const STRAIGHT = new Set(
  ("Noop Explain Trace ReleaseReg Abortable CursorHint Transaction ReadCookie SetCookie " +
    "OpenRead OpenWrite OpenEphemeral OpenAutoindex OpenPseudo OpenDup SorterOpen Close " +
    "ColumnsUsed Integer Int64 Real String String8 Null SoftNull Blob Variable Move Copy SCopy " +
    "IntCopy ResultRow Concat Add Subtract Multiply Divide Remainder BitAnd BitOr ShiftLeft " +
    "ShiftRight AddImm RealAffinity Cast CollSeq Not BitNot And Or IsTrue ZeroOrNull Offset " +
    "Column Affinity TypeCheck MakeRecord Count Sequence NewRowid Insert RowCell Delete " +
    "ResetCount SorterData RowData Rowid NullRow SorterInsert IdxInsert IdxDelete IdxRowid " +
    "DeferredSeek FinishSeek SeekHit ResetSorter Clear Param FkCounter MemMax OffsetLimit " +
    "Permutation Compare Function PureFunc AggStep AggStep1 AggInverse AggValue AggFinal " +
    "ClrSubtype GetSubtype SetSubtype BeginSubrtn VOpen VColumn VInitIn VCheck TableLock " +
    "HaltIfNull FilterAdd RowSetAdd LoadAnalysis Expire CursorLock CursorUnlock").split(" "),
);
/** Instructions that go through what a cursor holds, one row nearer to its end each time. */
const ADVANCE = new Set(["Next", "Prev", "SorterNext", "VNext", "RowSetRead"]);
/** Instructions that put rows into what a cursor holds. */
const FILL = new Set(["Insert", "IdxInsert", "SorterInsert", "RowSetAdd"]);
/** The cursor of an instruction; a set of row ids is in a register, which has a number of its own. */
const cursorOf = ({ opcode, p1 }: Instruction) => opcode.startsWith("RowSet") ? -1 - p1 : p1;
/** Combinations of the values of `IN (…)` lists that are looked up without finding a row. */
const MAX_ROUNDS = 100_000;
/** The same, for each of the rows that were collected before. */
const MAX_ROUNDS_OF_ROWS = 16;
/** More ways through a program than this are not followed. */
const MAX_STATES = 40_000;

/**
 * Finds a loop of which nothing says that it ends in time. A loop is bounded when each round visits
 * a row of a table, which calls `tick`, or when it goes once through rows that were collected
 * before: loops of the second kind inside each other are not bounded, but for short lists.
 * @returns the place of such a loop, or undefined when every loop is bounded.
 */
export function findUnboundedLoop(
  program: readonly Instruction[],
  tick: string,
): number | undefined {
  const graph = follow(program, tick);
  if (graph === undefined) return 0;
  const shape = new Shape(program);
  const groups = cycles(graph.edges).map((states) => ({
    states,
    ops: states.map((state) => program[graph.at[state]!]!),
  }));
  const looping = new Set(
    cycles(graph.ways).flat().map((state) => program[graph.at[state]!]!),
  );
  for (const { states, ops } of groups) {
    let growing = 0;
    let rounds = 1;
    for (const cursor of new Set(ops.filter(shape.advances).map(cursorOf))) {
      const fills = shape.fills(shape.collection(cursor));
      if (fills.some((op) => ops.includes(op))) return ops[0]!.addr;
      // A list that stands in the statement has as many rows as instructions that fill it.
      if (fills.length > 0 && !fills.some((op) => looping.has(op))) rounds *= fills.length;
      else growing++;
    }
    if (growing > 1 || rounds > (growing === 1 ? MAX_ROUNDS_OF_ROWS : MAX_ROUNDS)) {
      return ops[0]!.addr;
    }
    // Without its steps the loop must be a way with an end.
    const inside = new Set(states.filter((state) => !shape.advances(program[graph.at[state]!]!)));
    const rest = graph.edges.map((to, state) =>
      inside.has(state) ? to.filter((next) => inside.has(next)) : []
    );
    if (cycles(rest).length > 0) return ops[0]!.addr;
  }
  return undefined;
}

/** What the cursors of a program stand for. */
class Shape {
  readonly #origin = new Map<number, number>();
  readonly #ephemeral = new Set<number>();
  readonly #tables = new Set<number>();

  constructor(private readonly program: readonly Instruction[]) {
    for (const op of program) {
      if (op.opcode === "OpenEphemeral") this.#ephemeral.add(op.p1);
      if (op.opcode === "OpenWrite") this.#tables.add(op.p1);
      if (op.opcode === "OpenDup") this.#origin.set(op.p1, this.collection(op.p2));
    }
  }

  /** What OpenDup opens is the same collection under another number. */
  readonly collection = (cursor: number): number => this.#origin.get(cursor) ?? cursor;

  /** Whether an instruction brings a loop nearer to its end: recursion takes from its queue. */
  readonly advances = (op: Instruction): boolean =>
    ADVANCE.has(op.opcode) || (op.opcode === "Delete" && this.#ephemeral.has(op.p1));

  /** What puts rows into a collection; a table being changed meets no row twice (SQLite's update.c). */
  fills(collection: number): Instruction[] {
    return this.program.filter((op) =>
      FILL.has(op.opcode) && this.collection(cursorOf(op)) === collection &&
      !this.#tables.has(op.p1)
    );
  }
}

/** Every way through a program; a state is a place with what subroutines return to. */
interface Ways {
  /** The place of each state. */
  readonly at: readonly number[];
  readonly ways: readonly (readonly number[])[];
  /** The ways that are not paid for, and may be gone again and again. */
  readonly edges: readonly (readonly number[])[];
}

/** Undefined when there are too many ways, or one that cannot be followed. */
function follow(program: readonly Instruction[], tick: string): Ways | undefined {
  const at: number[] = [];
  const edges: number[][] = [];
  const ways: number[][] = [];
  const returns: ReadonlyMap<number, number>[] = [];
  const known = new Map<string, number>();
  const stateOf = (addr: number, back: ReadonlyMap<number, number>): number => {
    const key = `${addr}/${[...back].sort((a, b) => a[0] - b[0]).join("/")}`;
    let state = known.get(key);
    if (state === undefined) {
      state = at.length;
      known.set(key, state);
      at.push(addr);
      returns.push(back);
      edges.push([]);
      ways.push([]);
    }
    return state;
  };
  stateOf(0, new Map());
  for (let state = 0; state < at.length; state++) {
    if (at.length > MAX_STATES) return undefined;
    const addr = at[state]!;
    const op = program[addr];
    if (op === undefined) return undefined;
    const next = successors(op, returns[state]!, program);
    if (next === undefined) return undefined;
    for (const [to, back, once] of next) {
      const target = stateOf(to, back);
      ways[state]!.push(target);
      // A visited row is paid for, and what runs once is no part of a loop around it.
      if (!once && !isTick(op, tick)) edges[state]!.push(target);
    }
  }
  return { at, ways, edges };
}

const isTick = (op: Instruction, tick: string) =>
  (op.opcode === "Function" || op.opcode === "PureFunc") &&
  (op.p4?.startsWith(`${tick}(`) ?? false);

type Step = readonly [to: number, returns: ReadonlyMap<number, number>, once?: boolean];

function successors(
  op: Instruction,
  back: ReadonlyMap<number, number>,
  program: readonly Instruction[],
): Step[] | undefined {
  const { addr, opcode, p1, p2, p3 } = op;
  const next: Step = [addr + 1, back];
  const jump: Step = [p2, back];
  const set = (value: number) => new Map(back).set(p1, value);
  switch (opcode) {
    case "Halt":
      return [];
    case "Goto":
    case "Init":
      return [jump];
    case "Once":
      return [jump, [addr + 1, back, true]];
    case "Jump":
      return [[p1, back], [p2, back], [p3, back]];
    case "BeginSubrtn":
      // Run in line, its Return goes on; run by Gosub, this is jumped over.
      return [[addr + 1, without(back, p2)]];
    case "Gosub":
      return [[p2, set(addr)]];
    case "Return": {
      const to = back.get(p1);
      if (to === undefined) return p3 === 1 ? [next] : undefined;
      return [[to + 1, without(back, p1)]];
    }
    case "InitCoroutine":
      return [[p2 === 0 ? addr + 1 : p2, set(p3 - 1)]];
    case "Yield": {
      const to = back.get(p1);
      if (to === undefined) return undefined;
      return [[to + 1, set(addr)]];
    }
    case "EndCoroutine": {
      // Back to the jump of the Yield that asked for more.
      const asked = program[back.get(p1) ?? -1];
      return asked === undefined ? undefined : [[asked.p2, without(back, p1)]];
    }
  }
  if (STRAIGHT.has(opcode) || p2 <= 0 || p2 >= program.length) return [next];
  return [next, jump];
}

function without(back: ReadonlyMap<number, number>, register: number): Map<number, number> {
  const rest = new Map(back);
  rest.delete(register);
  return rest;
}

/** Groups of states that can reach each other (Tarjan 1972), without recursion. */
function cycles(edges: readonly (readonly number[])[]): number[][] {
  const index = new Int32Array(edges.length).fill(-1);
  const low = new Int32Array(edges.length);
  const open = new Uint8Array(edges.length);
  const stack: number[] = [];
  const groups: number[][] = [];
  let count = 0;
  for (let root = 0; root < edges.length; root++) {
    if (index[root] !== -1) continue;
    const path: [node: number, edge: number][] = [[root, 0]];
    while (path.length > 0) {
      const frame = path.at(-1)!;
      const [node, edge] = frame;
      if (edge === 0) {
        index[node] = low[node] = count++;
        stack.push(node);
        open[node] = 1;
      }
      const to = edges[node]![edge];
      if (to !== undefined) {
        frame[1]++;
        if (index[to] === -1) path.push([to, 0]);
        else if (open[to]) low[node] = Math.min(low[node]!, index[to]!);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.[0];
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
      if (low[node] !== index[node]) continue;
      const group: number[] = [];
      let member: number;
      do {
        member = stack.pop()!;
        open[member] = 0;
        group.push(member);
      } while (member !== node);
      if (group.length > 1 || edges[node]!.includes(node)) groups.push(group);
    }
  }
  return groups;
}
