import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon.tsx";

/** Options of {@link Button}. */
export interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly icon?: IconName;
  /** For screen readers and as a tooltip; needed where there are no children. */
  readonly label?: string;
  readonly kind?: "default" | "primary" | "danger" | "plain" | "danger primary";
  readonly small?: boolean;
  readonly wide?: boolean;
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly type?: "button" | "submit";
  readonly onClick?: (event: JSX.TargetedMouseEvent<HTMLButtonElement>) => void;
  readonly autofocus?: boolean;
  /** State of a button that is a switch. */
  readonly pressed?: boolean;
  readonly describedBy?: string;
}

/** A button; while busy it shows so and does nothing. */
export function Button(props: ButtonProps) {
  const { children, icon, label, kind = "default", small, wide, busy, disabled } = props;
  const square = children === undefined;
  return (
    <button
      type={props.type ?? "button"}
      class={classes(kind, { small, wide, square })}
      aria-label={label}
      title={square ? label : undefined}
      aria-busy={busy || undefined}
      aria-pressed={props.pressed}
      aria-describedby={props.describedBy}
      disabled={disabled || busy}
      onClick={props.onClick}
      autofocus={props.autofocus}
    >
      {busy ? <span class="spin" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton(
  props: {
    readonly href: string;
    readonly children?: ComponentChildren;
    readonly icon?: IconName;
    readonly label?: string;
    readonly kind?: ButtonProps["kind"];
    readonly small?: boolean;
    readonly download?: boolean | string;
    /** In a tab of its own; only for addresses that `safeUrl` let through. */
    readonly external?: boolean;
  },
) {
  const { children, icon, label, kind = "default", small } = props;
  return (
    <a
      href={props.href}
      class={classes(kind, { small, square: children === undefined })}
      aria-label={label}
      title={children === undefined ? label : undefined}
      download={props.download}
      {...props.external ? { target: "_blank", rel: "noopener noreferrer" } : {}}
    >
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}

function classes(kind: string, flags: Readonly<Record<string, boolean | undefined>>): string {
  const on = Object.entries(flags).filter(([, value]) => value).map(([name]) => name);
  return ["button", ...kind === "default" ? [] : [kind], ...on].join(" ");
}
