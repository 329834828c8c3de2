import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import type { ApiError } from "../data/api.ts";
import { Button } from "./button.tsx";
import { ErrorNote } from "./state.tsx";

/** What a control gets from its field. */
export interface FieldControl {
  readonly id: string;
  readonly "aria-describedby"?: string;
  readonly "aria-invalid"?: "true";
}

/** A label, its control, a hint and what is wrong with it. */
export function Field(
  { label, hint, wrong, children }: {
    readonly label: ComponentChildren;
    readonly hint?: ComponentChildren;
    readonly wrong?: string | undefined;
    readonly children: (control: FieldControl) => ComponentChildren;
  },
) {
  const id = useId();
  const described = [...hint === undefined ? [] : [`${id}-hint`], ...wrong ? [`${id}-wrong`] : []];
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...described.length > 0 ? { "aria-describedby": described.join(" ") } : {},
        ...wrong ? { "aria-invalid": "true" as const } : {},
      })}
      {hint !== undefined && <span class="hint" id={`${id}-hint`}>{hint}</span>}
      {wrong && <span class="wrong" id={`${id}-wrong`} role="alert">{wrong}</span>}
    </div>
  );
}

/** A field for a line of text. */
export function TextField(
  { label, hint, wrong, value, onInput, mono, ...rest }:
    & {
      readonly label: ComponentChildren;
      readonly hint?: ComponentChildren;
      readonly wrong?: string | undefined;
      readonly value: string;
      readonly onInput: (value: string) => void;
      readonly mono?: boolean;
    }
    & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "value" | "onInput" | "label">,
) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(control) => (
        <input
          {...control}
          {...rest}
          class={mono ? "input mono" : "input"}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A field for one of a few values. */
export function SelectField<V extends string>(
  { label, hint, value, options, onChange }: {
    readonly label: ComponentChildren;
    readonly hint?: ComponentChildren;
    readonly value: V;
    readonly options: readonly { readonly value: V; readonly text: string }[];
    readonly onChange: (value: V) => void;
  },
) {
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <select
          {...control}
          class="input"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value as V)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>{option.text}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Yes or no. */
export function Check(
  { checked, onChange, children, disabled }: {
    readonly checked: boolean;
    readonly onChange: (checked: boolean) => void;
    readonly children: ComponentChildren;
    readonly disabled?: boolean;
  },
) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{children}</span>
    </label>
  );
}

/** One of a few views, side by side. */
export function Switch<V extends string>(
  { label, value, options, onChange }: {
    readonly label: string;
    readonly value: V;
    readonly options: readonly { readonly value: V; readonly text: string }[];
    readonly onChange: (value: V) => void;
  },
) {
  return (
    <div class="switch" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.text}
        </button>
      ))}
    </div>
  );
}

/** A form: sends once, says what is wrong at its end. */
export function Form(
  { onSubmit, busy, error, submit, onCancel, children, danger, disabled }: {
    readonly onSubmit: () => void;
    readonly busy: boolean;
    readonly error?: ApiError | undefined;
    /** The word on the button. */
    readonly submit: string;
    readonly onCancel?: () => void;
    readonly children: ComponentChildren;
    readonly danger?: boolean;
    readonly disabled?: boolean;
  },
) {
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && !disabled) onSubmit();
      }}
    >
      {children}
      {error && <ErrorNote error={error} />}
      <div class="form-foot">
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button
          type="submit"
          kind={danger ? "danger primary" : "primary"}
          busy={busy}
          disabled={disabled ?? false}
        >
          {submit}
        </Button>
      </div>
    </form>
  );
}
