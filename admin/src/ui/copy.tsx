import { useSignal } from "@preact/signals";
import { Button } from "./button.tsx";
import { toast } from "./toast.tsx";

/** Puts a text on the clipboard; also where the page is not secure and has no clipboard. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { /* plain HTTP, or refused */ }
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.className = "sr";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
  }
}

/** A small button that copies. */
export function CopyButton(
  { text, label = "Copy" }: { readonly text: string; readonly label?: string },
) {
  const done = useSignal(false);
  return (
    <Button
      kind="plain"
      small
      icon={done.value ? "check" : "copy"}
      label={done.value ? "Copied" : label}
      onClick={async () => {
        if (!await copyText(text)) {
          return toast("Could not copy: select it and copy by hand", {
            kind: "bad",
          });
        }
        done.value = true;
        setTimeout(() => done.value = false, 1500);
      }}
    />
  );
}

/** A command to type, with a copy button. */
export function Command({ text }: { readonly text: string }) {
  return (
    <div class="command">
      <code tabIndex={0} aria-label="Command">{text}</code>
      <CopyButton text={text} label="Copy the command" />
    </div>
  );
}

/** Text that is often needed elsewhere, such as an id, with a copy button. */
export function Copyable(
  { text, shown = text }: { readonly text: string; readonly shown?: string },
) {
  return (
    <span>
      <code title={text}>{shown}</code>
      <CopyButton text={text} />
    </span>
  );
}
