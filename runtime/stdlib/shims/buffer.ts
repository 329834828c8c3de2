/** `node:buffer`: the npm twin plus what was added to Node since. */
import buffer from "buffer";

const { atob, Blob, btoa, File } = globalThis;

export const { Buffer, INSPECT_MAX_BYTES, kMaxLength, SlowBuffer } = buffer;
/** The length of the longest string V8 makes. */
export const kStringMaxLength = 536_870_888;
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength };
export { atob, Blob, btoa, File };
export default { ...buffer, atob, Blob, btoa, constants, File, kStringMaxLength };
