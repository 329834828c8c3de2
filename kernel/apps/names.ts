import { FaztError } from "../lib/fazt_error.ts";
import { isPreviewLabel, RESERVED_LABELS } from "../net/mod.ts";
import { line } from "./manifest_parts.ts";

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
// An app without an alias answers at its id as a label; nobody may take another app's.
const ID_LABEL = /^app-[1-9a-km-z]{12}$/;

/**
 * Checks a name that becomes a host label: an app's name or an alias.
 * @throws {FaztError} `INVALID` for its form, `NAME_RESERVED` for the node's own labels.
 */
export function checkLabel(label: string): string {
  if (!SLUG.test(label)) {
    throw new FaztError("INVALID", `Cannot use the name ${JSON.stringify(label.slice(0, 80))}`, {
      hint: "write lower-case letters, digits and -, at most 63, such as my-app",
    });
  }
  if (isReserved(label)) {
    throw new FaztError("NAME_RESERVED", `Cannot use the name "${label}": the node needs it`, {
      hint: `choose another, such as ${label}-app`,
      status: 422,
    });
  }
  return label;
}

/** Whether the node keeps this label for itself. */
export function isReserved(label: string): boolean {
  return RESERVED_LABELS.has(label) || ID_LABEL.test(label) || isPreviewLabel(label);
}

/**
 * Checks a title for lists.
 * @throws {FaztError} `INVALID`
 */
export function checkTitle(title: string): string {
  const parsed = line(100).safeParse(title);
  if (parsed.success) return title;
  throw new FaztError("INVALID", "Cannot use the title: it is too long or not plain text", {
    hint: "write at most 100 characters on one line",
  });
}
