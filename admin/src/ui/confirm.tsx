import { signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Field } from "./form.tsx";

/** What is asked before something that cannot be taken back. */
export interface Question {
  readonly title: string;
  readonly text?: ComponentChildren;
  /** What is lost, one a line. */
  readonly lost?: readonly string[];
  /** The word on the button that does it. */
  readonly confirm: string;
  readonly danger?: boolean;
  /** Must be typed first. */
  readonly typed?: string;
}

const asked = signal<{ question: Question; answer: (yes: boolean) => void } | undefined>(undefined);

/** Asks; true when the person went on. One question at a time: a newer one refuses the older. */
export function confirm(question: Question): Promise<boolean> {
  asked.value?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      question,
      answer: (yes) => {
        asked.value = undefined;
        resolve(yes);
      },
    };
  });
}

/** Where questions appear. */
export function ConfirmHost() {
  const now = asked.value;
  return now && <Ask key={now.question.title} {...now} />;
}

function Ask(
  { question, answer }: {
    readonly question: Question;
    readonly answer: (yes: boolean) => void;
  },
) {
  const typed = useSignal("");
  const { title, text, lost = [], danger = false } = question;
  const ready = question.typed === undefined || typed.value === question.typed;
  return (
    <Dialog title={title} onClose={() => answer(false)}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) answer(true);
        }}
      >
        {text !== undefined && <div>{text}</div>}
        {lost.length > 0 && (
          <div class={danger ? "callout bad" : "callout warn"}>
            <div>
              <strong>This is lost:</strong>
              <ul>{lost.map((line) => <li key={line}>{line}</li>)}</ul>
            </div>
          </div>
        )}
        {question.typed !== undefined && (
          <Field label={`Type ${question.typed} to go on`}>
            {(field) => (
              <input
                {...field}
                class="input mono"
                autocomplete="off"
                spellcheck={false}
                value={typed.value}
                onInput={(event) => typed.value = event.currentTarget.value}
              />
            )}
          </Field>
        )}
        <div class="form-foot">
          <Button onClick={() => answer(false)} autofocus={question.typed === undefined}>
            Cancel
          </Button>
          <Button type="submit" kind={danger ? "danger primary" : "primary"} disabled={!ready}>
            {question.confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
