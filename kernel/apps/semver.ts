/** A version's parts (Semantic Versioning 2.0.0). */
interface Version {
  readonly core: readonly number[];
  readonly pre: readonly string[];
}

const NUMBER = "(0|[1-9]\\d{0,8})";
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z.-]+)?$`,
);

/** Whether `text` is a version of Semantic Versioning 2.0.0. */
export function isSemver(text: string): boolean {
  return text.length <= 100 && SEMVER.test(text);
}

/** Precedence of two versions (Semantic Versioning 2.0.0 §11): negative, zero or positive. */
export function compareSemver(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (let i = 0; i < 3; i++) {
    const d = left.core[i]! - right.core[i]!;
    if (d !== 0) return d;
  }
  if (left.pre.length === 0 || right.pre.length === 0) return right.pre.length - left.pre.length;
  for (let i = 0; i < Math.min(left.pre.length, right.pre.length); i++) {
    const d = compareIdentifiers(left.pre[i]!, right.pre[i]!);
    if (d !== 0) return d;
  }
  return left.pre.length - right.pre.length;
}

function parse(text: string): Version {
  const match = SEMVER.exec(text);
  if (!match) return { core: [0, 0, 0], pre: [] };
  return { core: match.slice(1, 4).map(Number), pre: match[4]?.split(".") ?? [] };
}

function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return Number(a) - Number(b);
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
