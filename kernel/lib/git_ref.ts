/** The longest name of a branch or tag that is asked for. */
const MAX_REF = 255;

/** Whether a text is a whole commit id (SHA-1). */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** Why a text cannot name a branch, tag or commit (git-check-ref-format(1)); undefined when it can. */
export function refFault(ref: string): string | undefined {
  if (ref === "" || ref.length > MAX_REF) return `a ref has 1 to ${MAX_REF} characters`;
  // deno-lint-ignore no-control-regex -- these are what git forbids
  if (/[\x00-\x20\x7f~^:?*[\\]/.test(ref)) return "it has a character that git does not allow";
  if (!ref.isWellFormed()) return "it is no text";
  if (ref === "@" || ref.includes("..") || ref.includes("@{") || ref.startsWith("-")) {
    return "git means something else by it";
  }
  const parts = ref.split("/");
  if (parts.some((part) => part === "" || part.startsWith(".") || part.endsWith(".lock"))) {
    return 'no part of it may be empty, begin with "." or end in ".lock"';
  }
  return ref.endsWith(".") ? 'it may not end in "."' : undefined;
}
