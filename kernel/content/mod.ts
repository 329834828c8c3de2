export { Content, type ContentDeps, type DagScope, type PinMissing } from "./content.ts";
export { contentSyscalls } from "./content_syscalls.ts";
export type { FilePlace, FolderPlace, ListedEntry, Pin, Place, Reader } from "./place.ts";
