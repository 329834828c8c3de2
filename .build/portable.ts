// One self-extracting file: a POSIX shell header, then the runtime and the product, compressed.
import { createHash } from "node:crypto";
import { RUN_FLAGS } from "./bundle.ts";

/**
 * Makes `output` from a folder that {@link bundle} made.
 * @param level of gzip: 1 is fast, 9 is small
 */
export async function portable(folder: string, output: string, level = 6): Promise<void> {
  await Deno.copyFile(Deno.execPath(), `${folder}/deno`);
  await Deno.chmod(`${folder}/deno`, 0o755);
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  const tar = new Deno.Command("tar", {
    args: [
      "--owner=0",
      "--group=0",
      "--mtime=@0",
      "--sort=name",
      `--use-compress-program=gzip -n -${level}`,
      "-cf",
      "-",
      "-C",
      folder,
      ...names,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const packed = await new Response(tar.stdout).bytes();
  if (!(await tar.status).success) throw new Error("tar failed");
  const digest = createHash("sha256").update(packed).digest("hex");
  const head = new TextEncoder().encode(header(digest));
  using file = await Deno.open(output, { create: true, truncate: true, write: true, mode: 0o755 });
  for (const part of [head, packed]) {
    for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
  }
}

function header(digest: string): string {
  const lines = (first: number) =>
    `#!/bin/sh
# Fazt: a personal cloud in one file. The rest of this file is compressed.
set -eu
umask 077
self=$0
case $self in */*) ;; *) self=$(command -v -- "$self") ;; esac
want=${digest}

# A folder of ours alone: another user's could hold another program.
own() { mkdir -p -- "$1" 2>/dev/null && [ -O "$1" ] && [ ! -L "$1" ] && [ -w "$1" ]; }
base=\${FAZT_CACHE:-}
[ -n "$base" ] || base=\${XDG_CACHE_HOME:-\${HOME:-/nonexistent}/.cache}/fazt
own "$base" || base=\${TMPDIR:-/tmp}/fazt-$(id -u)
own "$base" || { echo "error: Cannot start: no folder to unpack to" >&2
  echo "hint: FAZT_CACHE=/some/folder $0" >&2; exit 1; }

place=$base/$want
if [ ! -x "$place/deno" ]; then
  new=$(mktemp -d "$base/.new-XXXXXX")
  trap 'rm -rf -- "$new"' EXIT INT TERM
  if command -v sha256sum >/dev/null 2>&1; then
    have=$(tail -n +${first} -- "$self" | sha256sum | cut -d' ' -f1)
    [ "$have" = "$want" ] || { echo "error: Cannot start: this file is damaged" >&2
      echo "hint: copy it again" >&2; exit 1; }
  fi
  tail -n +${first} -- "$self" | gzip -dc | tar -xf - -C "$new"
  # Two that start at once unpack the same: one of them gets the name.
  [ -d "$place" ] || mv -- "$new" "$place" 2>/dev/null || [ -x "$place/deno" ]
  rm -rf -- "$new"
  trap - EXIT INT TERM
fi
umask 022
# An upgrade replaces this file, wherever the shell found it.
case $self in /*) ;; *) self=$PWD/$self ;; esac
export FAZT_EXECUTABLE="$self"
export DENO_DIR="$place/cache" DENO_NO_UPDATE_CHECK=1
run="run --no-config --no-lock --no-remote --no-npm --quiet ${RUN_FLAGS.join(" ")}"
# What Deno learns of main.js it keeps in its cache; to learn it takes 140 MB, which whoever
# does it holds until its end. So that is not the node.
[ -d "$DENO_DIR" ] || "$place/deno" $run "$place/main.js" --version >/dev/null 2>&1 || true
exec "$place/deno" $run "$place/main.js" "$@"
`;
  return lines(lines(0).split("\n").length);
}
