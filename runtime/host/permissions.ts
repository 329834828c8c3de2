import type { RealmPermissions } from "../../kernel/proc/mod.ts";

/**
 * The Deno permissions of the realm that an app with these approved grants runs in. `net:connect`
 * is not among what opens one: the kernel owns those sockets (koder/decisions/024-sockets.md).
 */
export function realmPermissions(grants: readonly string[]): RealmPermissions {
  const net = new Set<string>();
  const read = new Set<string>();
  const write = new Set<string>();
  const sys = new Set<string>();
  for (const grant of grants) {
    const [, kind, value] = /^(net:direct|fs:read|fs:write|sys):(.+)$/.exec(grant) ??
      [];
    if (kind === undefined || value === undefined) continue;
    if (kind.startsWith("net:")) net.add(value);
    else if (kind === "fs:read") read.add(value);
    else if (kind === "fs:write") write.add(value);
    else sys.add(value);
  }
  const list = (set: Set<string>) => set.size === 0 ? false as const : [...set].sort();
  return {
    read: list(read),
    write: list(write),
    net: list(net),
    sys: list(sys),
    env: false,
    run: false,
    ffi: false,
    import: false,
  };
}

/** Apps with the same permissions share a realm; this is what "the same" means. */
export function realmKey(permissions: RealmPermissions): string {
  return JSON.stringify(permissions);
}
