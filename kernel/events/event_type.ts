import { FaztError } from "../lib/fazt_error.ts";
import { MAX_LENGTH, MAX_SEGMENTS, SEGMENT } from "./pattern.ts";

/** What comes first in every type of the kernel's own events. */
export const SYSTEM = "system";
const FORM = new RegExp(`^${SEGMENT}(?:\\.${SEGMENT})*$`);

/**
 * The type on the bus of what an app calls `type`: `order.completed` of the app `shop` is
 * `app:shop.order.completed`, and may be written so.
 * @throws {FaztError} `INVALID`, or `PERMISSION` for what belongs to the kernel or another app.
 */
export function appEventType(appName: string, type: string): string {
  const prefix = `app:${appName}.`;
  const local = type.startsWith(prefix) ? type.slice(prefix.length) : type;
  if (/^app:/.test(local) || local === SYSTEM || local.startsWith(`${SYSTEM}.`)) {
    throw new FaztError("PERMISSION", `Cannot emit "${show(type)}": it is not this app's`, {
      hint: `name it without a source: "order.completed" is sent as ${prefix}order.completed`,
      status: 403,
    });
  }
  return checked(prefix + local, local);
}

/**
 * A type of the kernel, which begins with `system.`.
 * @throws {FaztError} `INVALID`
 */
export function systemEventType(type: string): string {
  const local = type.startsWith(`${SYSTEM}.`) ? type.slice(SYSTEM.length + 1) : "";
  return checked(type, local);
}

/** Who emitted an event of this type: `app:<name>` or `system`. */
export function sourceOf(type: string): string {
  return type.slice(0, type.indexOf("."));
}

function checked(type: string, local: string): string {
  if (type.length > MAX_LENGTH || !FORM.test(local) || type.split(".").length > MAX_SEGMENTS) {
    throw new FaztError("INVALID", `Cannot emit "${show(local)}": that is no type of event`, {
      hint: "write lower-case letters, digits, - and _ in segments joined by dots, such as " +
        `order.completed; with its source at most ${MAX_LENGTH} characters`,
    });
  }
  return type;
}

const show = (text: string) => text.slice(0, 80);
