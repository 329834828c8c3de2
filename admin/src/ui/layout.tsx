import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

/** The head of a page: what it is, in one line what for, and what can be done here. */
export function PageHead(
  { title, sub, crumbs, actions, mark }: {
    readonly title: string;
    readonly sub?: ComponentChildren;
    readonly crumbs?: readonly { readonly text: string; readonly href: string }[];
    readonly actions?: ComponentChildren;
    readonly mark?: ComponentChildren;
  },
) {
  useEffect(() => {
    document.title = `${title} · Fazt`;
  }, [title]);
  return (
    <div class="page-head">
      {mark}
      <div class="text">
        {crumbs && (
          <nav class="crumbs" aria-label="Where this page is">
            {crumbs.map(({ text, href }) => (
              <span key={href}>
                <a href={href}>{text}</a> /
              </span>
            ))}
          </nav>
        )}
        <h1>{title}</h1>
        {sub !== undefined && <div class="sub">{sub}</div>}
      </div>
      {actions && <div class="row">{actions}</div>}
    </div>
  );
}

/** A framed part of a page with a heading. */
export function Card(
  { title, actions, children, footer, flush, danger, id }: {
    readonly title?: ComponentChildren;
    readonly actions?: ComponentChildren;
    readonly children: ComponentChildren;
    readonly footer?: ComponentChildren;
    /** Without space around: for tables, lists and logs. */
    readonly flush?: boolean;
    readonly danger?: boolean;
    readonly id?: string;
  },
) {
  return (
    <section class={danger ? "card danger" : "card"} id={id}>
      {(title !== undefined || actions !== undefined) && (
        <header>
          {title !== undefined && <h2>{title}</h2>}
          {actions}
        </header>
      )}
      <div class={flush ? "flush" : "body"}>{children}</div>
      {footer !== undefined && <footer>{footer}</footer>}
    </section>
  );
}

/** Figures side by side. */
export function Stats(
  { items }: {
    readonly items: readonly {
      readonly label: string;
      readonly value: ComponentChildren;
      readonly note?: ComponentChildren;
      /** A share from 0 to 1, drawn as a bar. */
      readonly share?: number | undefined;
    }[];
  },
) {
  return (
    <dl class="stats">
      {items.map(({ label, value, note, share }) => (
        <div class="stat" key={label}>
          <dt>{label}</dt>
          <dd>
            {value}
            {note !== undefined && <span class="note">{note}</span>}
            {share !== undefined && <Meter share={share} label={label} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** How much of something is used; turns to a warning at 80 %. */
export function Meter({ share, label }: { readonly share: number; readonly label: string }) {
  const full = Math.max(0, Math.min(1, share));
  const kind = full >= 1 ? "bad" : full >= 0.8 ? "warn" : "good";
  return (
    <span
      class="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(full * 100)}
      style={{ display: "block" }}
    >
      <span class={kind} style={{ width: `${full * 100}%` }} />
    </span>
  );
}

/** Names and values, one a line. */
export function Facts(
  { items }: { readonly items: readonly (readonly [string, ComponentChildren] | false)[] },
) {
  return (
    <dl class="facts">
      {items.filter((item) => item !== false).map(([name, value]) => [
        <dt key={`${name}-t`}>{name}</dt>,
        <dd key={name}>{value}</dd>,
      ])}
    </dl>
  );
}
