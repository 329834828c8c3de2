import type { NameKind } from "./names.ts";
import { OTHER } from "./names.ts";

/** Names of one kind that one app may have waiting; more are counted as one. */
const MAX_NAMES = 300;

/** How often a name was seen, and by how many visitors first of all that day. */
export interface NameCount {
  views: number;
  visitors: number;
}

/** What was counted of one app since it was last written down. */
export class Pending {
  /** Answers by status. */
  readonly statuses = new Map<number, number>();
  /** Answers by class of time. */
  readonly latencies = new Array<number>(16).fill(0);
  /** New visitors of the running minute, hour and day. */
  readonly visitors = { minute: 0, hour: 0, day: 0 };
  views = 0;
  events = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly names = new Map<NameKind, Map<string, NameCount>>();

  /** Whether there is nothing to write. */
  get empty(): boolean {
    return this.statuses.size === 0 && this.views === 0 && this.events === 0 &&
      this.bytesIn === 0 && this.bytesOut === 0;
  }

  /** Counts a name, or one of those that are too many. */
  name(kind: NameKind, name: string, { views, visitors }: NameCount): void {
    let names = this.names.get(kind);
    if (names === undefined) this.names.set(kind, names = new Map());
    let count = names.get(name);
    if (count === undefined) {
      const key = names.size < MAX_NAMES ? name : OTHER;
      count = names.get(key);
      if (count === undefined) names.set(key, count = { views: 0, visitors: 0 });
    }
    count.views += views;
    count.visitors += visitors;
  }

  /** Takes what could not be written: it is counted again when it can. */
  add(other: Pending): void {
    for (const [status, n] of other.statuses) {
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + n);
    }
    for (const [i, n] of other.latencies.entries()) this.latencies[i]! += n;
    this.visitors.minute += other.visitors.minute;
    this.visitors.hour += other.visitors.hour;
    this.visitors.day += other.visitors.day;
    this.views += other.views;
    this.events += other.events;
    this.bytesIn += other.bytesIn;
    this.bytesOut += other.bytesOut;
    for (const [kind, names] of other.names) {
      for (const [name, count] of names) this.name(kind, name, count);
    }
  }
}
