import type { ComponentChildren } from "preact";
import type { ApiError } from "../data/api.ts";
import type { Query } from "../data/query.ts";
import { Button } from "./button.tsx";
import { Command } from "./copy.tsx";
import { Icon, type IconName } from "./icon.tsx";

/** Where content will be. */
export function Loading({ label = "Loading" }: { readonly label?: string }) {
  return (
    <div class="skeleton" role="status">
      <span />
      <span />
      <span />
      <span class="sr" style={{ height: "1px" }}>{label}…</span>
    </div>
  );
}

/** A failure with its way out. */
export function ErrorNote(
  { error, retry, title }: {
    readonly error: ApiError;
    readonly retry?: (() => void) | undefined;
    readonly title?: string;
  },
) {
  return (
    <div class="callout bad" role="alert">
      <Icon name="alert" />
      <div>
        <strong>{title ?? error.message}</strong>
        {title !== undefined && <p>{error.message}</p>}
        {error.hint !== undefined && <p>{error.hint}</p>}
        <Details details={error.details} />
      </div>
      {retry && <Button small icon="refresh" onClick={retry}>Try again</Button>}
    </div>
  );
}

function Details({ details }: { readonly details: unknown }) {
  if (!Array.isArray(details)) return null;
  const lines = details.slice(0, 20).flatMap((detail) => {
    if (typeof detail !== "object" || detail === null || !("message" in detail)) return [];
    const { path, message } = detail as { path?: unknown; message: unknown };
    const where = Array.isArray(path) ? path.join(".") : typeof path === "string" ? path : "";
    return [where === "" ? String(message) : `${where}: ${message}`];
  });
  return lines.length === 0 ? null : <ul>{lines.map((line) => <li key={line}>{line}</li>)}</ul>;
}

/** Something to know, not a failure. */
export function Callout(
  { kind = "info", title, children, actions }: {
    readonly kind?: "info" | "warn" | "bad" | "good";
    readonly title?: string;
    readonly children?: ComponentChildren;
    readonly actions?: ComponentChildren;
  },
) {
  const icon = kind === "good" ? "check" : kind === "info" ? "info" : "alert";
  return (
    <div class={`callout ${kind}`}>
      <Icon name={icon} />
      <div>
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <div>{children}</div>}
      </div>
      {actions}
    </div>
  );
}

/** Nothing here yet: what this place is for, and how to fill it here and from the command line. */
export function Empty(
  { icon, title, children, command, actions }: {
    readonly icon: IconName;
    readonly title: string;
    readonly children?: ComponentChildren;
    readonly command?: string;
    readonly actions?: ComponentChildren;
  },
) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h3>{title}</h3>
      {children !== undefined && <p>{children}</p>}
      {command !== undefined && <Command text={command} />}
      {actions !== undefined && <div class="row">{actions}</div>}
    </div>
  );
}

/**
 * What a query gave, or how it is. An answer that was seen stays while a newer one fails. A route
 * this node does not have (404 `NOT_FOUND` of a list) is said in words.
 */
export function Loaded<T>(
  { query, children, missing }: {
    readonly query: Query<T>;
    readonly children: (data: T) => ComponentChildren;
    /** Shown instead of an error where there is nothing at this address. */
    readonly missing?: ComponentChildren;
  },
) {
  const { data, error } = query;
  if (data !== undefined) {
    return (
      <>
        {error && (
          <ErrorNote
            error={error}
            title="What you see may be out of date"
            retry={() => void query.refresh()}
          />
        )}
        {children(data)}
      </>
    );
  }
  if (error === undefined) return <Loading />;
  if (missing !== undefined && error.status === 404) return <>{missing}</>;
  return <ErrorNote error={error} retry={() => void query.refresh()} />;
}
