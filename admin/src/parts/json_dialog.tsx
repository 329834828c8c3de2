import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useAction } from "../data/action.ts";
import { ApiError } from "../data/api.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Form } from "../ui/form.tsx";
import { Editor } from "./editor.tsx";

/** Edits a JSON value. */
export function JsonDialog(
  { title, value, submit, children, onSave, onClose }: {
    readonly title: string;
    readonly value: unknown;
    readonly submit: string;
    /** Fields above the value. */
    readonly children?: ComponentChildren;
    readonly onSave: (value: unknown) => Promise<void>;
    readonly onClose: () => void;
  },
) {
  const text = useSignal(value === undefined ? "" : JSON.stringify(value, null, 2));
  const save = useAction(async () => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text.value);
    } catch (error) {
      throw new ApiError(0, "INVALID", "This is no JSON", (error as Error).message);
    }
    await onSave(parsed);
    onClose();
  }, { quiet: true });
  return (
    <Dialog title={title} wide onClose={onClose}>
      <Form
        submit={submit}
        busy={save.busy}
        error={save.error}
        onCancel={onClose}
        onSubmit={() => void save.run()}
      >
        {children}
        <Editor text={text.value} label="Value as JSON" onInput={(value) => text.value = value} />
      </Form>
    </Dialog>
  );
}
