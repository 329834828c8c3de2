import type { ComponentChildren } from "preact";
import { safeUrl } from "../lib/safe_url.ts";
import { Icon } from "./icon.tsx";

/** A link out of the dashboard, to an address that came from data; text where it is none. */
export function OutLink(
  { href, children, bare }: {
    readonly href: string | undefined;
    readonly children?: ComponentChildren;
    /** Without the icon. */
    readonly bare?: boolean;
  },
) {
  const safe = safeUrl(href);
  const text = children ?? href?.replace(/^https?:\/\//, "").replace(/\/$/, "");
  if (safe === undefined) return <span>{text}</span>;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer" class="out">
      {text} {!bare && <Icon name="external" />}
    </a>
  );
}
