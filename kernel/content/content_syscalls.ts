import type { Settings } from "../config/mod.ts";
import { readCid, type Vfs, vfsPath } from "../fs/mod.ts";
import { MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { SYSTEM_USER } from "../lib/ids.ts";
import { z } from "../lib/zod.ts";
import { type Caller, type Syscall, syscall } from "../syscall/mod.ts";
import type { Content } from "./content.ts";
import type { Place } from "./place.ts";

/** What the calls work with. */
export interface ContentCallsDeps {
  readonly content: Content;
  readonly vfs: Vfs;
  readonly settings: Settings;
}

const GRANT = "storage:s3";
const path = z.string().max(4096);
const cid = z.string().max(200);
const name = z.string().max(200).optional();

/** `fazt.fs`: content ids of an app's own files, and content it keeps and publishes by id. */
export function contentSyscalls({ content, vfs, settings }: ContentCallsDeps): Syscall[] {
  const find = (caller: Caller, text: string): Place | undefined => {
    const read = readCid(text);
    if (read === undefined || read === "unsupported") return undefined;
    return content.find(read.text, { appId: caller.appId });
  };
  const own = (caller: Caller, path: string, options: { readonly whole: boolean }): Place => {
    const place = content.inCurrent(caller.appId, path === "" ? "" : vfsPath(path), options);
    if (place) return place;
    const shown = JSON.stringify(path.slice(0, 200));
    const hidden = options.whole ? "" : " that visitors may have";
    throw new FaztError("NOT_FOUND", `There is no file ${shown} in this app${hidden}`, {
      hint: `fazt app files ${caller.appName} lists its files`,
    });
  };
  const maxBytes = () => settings.get("limits.fs.valueMb") * MIB;
  const checkSize = (size: number) => {
    if (size <= maxBytes()) return;
    throw new FaztError(
      "TOO_LARGE",
      `Cannot use ${size} bytes at once, the most is ${maxBytes()}`,
      {
        hint: "the owner can raise it: fazt config set limits.fs.valueMb <MiB>",
        details: { limit: "fs.valueMb", used: size, max: maxBytes() },
      },
    );
  };
  return [
    syscall("fs.cid", undefined, z.object({ path }), (caller, { path }) => {
      return own(caller, path, { whole: true }).cid;
    }),
    syscall("fs.path", undefined, z.object({ path }), (caller, { path }) => {
      const { kind, cid } = own(caller, path, { whole: false });
      if (kind === "folder") return `/ipfs/${cid}/`;
      // Its name tells what it is: a cid alone does not.
      return `/ipfs/${cid}?filename=${encodeURIComponent(path.split("/").at(-1)!)}`;
    }),
    syscall(
      "fs.has",
      undefined,
      z.object({ cid }),
      (caller, { cid }) => find(caller, cid) !== undefined,
    ),
    syscall("fs.get", undefined, z.object({ cid }), (caller, { cid }) => {
      const place = find(caller, cid);
      if (place?.kind !== "file") return undefined;
      checkSize(place.size);
      // The cache's own bytes would change owner with the message.
      return vfs.read(place.blobCid)?.slice();
    }),
    syscall(
      "fs.add",
      GRANT,
      z.object({ bytes: z.instanceof(Uint8Array), name, public: z.boolean().default(true) }),
      async ({ appId }, { bytes, name, public: open }) => {
        checkSize(bytes.length);
        content.assertRoom(appId, bytes.length);
        const { cid } = await vfs.putBytes(bytes);
        const options = { appId, userId: SYSTEM_USER, name, public: open };
        const pin = await content.pin([{ path: "", cid }], options);
        if ("missing" in pin) throw new FaztError("BLOB_MISSING", "Cannot pin it: try again");
        return pin.cid;
      },
    ),
    syscall("fs.unpin", GRANT, z.object({ cid }), ({ appId }, { cid }) => {
      const read = readCid(cid);
      if (read === undefined || read === "unsupported") return false;
      return content.unpin(appId, read.text);
    }),
    syscall("fs.pins", GRANT, z.object({}), ({ appId }) => content.pins(appId)),
  ];
}
