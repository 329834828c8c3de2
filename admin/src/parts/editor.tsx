import { useRef } from "preact/hooks";

/** A plain editor with line numbers: Tab indents, Escape then Tab leaves it. */
export function Editor(
  { text, label, readonly, onInput, onSave }: {
    readonly text: string;
    readonly label: string;
    readonly readonly?: boolean;
    readonly onInput: (text: string) => void;
    readonly onSave?: () => void;
  },
) {
  const leaving = useRef(false);
  const lines = text.split("\n").length;
  return (
    <div class="editor">
      <div class="gutter" aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => i + 1).join("\n")}
      </div>
      <textarea
        aria-label={label}
        aria-description="Tab indents; press Escape and then Tab to leave"
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        wrap="off"
        rows={lines + 1}
        readOnly={readonly}
        value={text}
        onInput={(event) => onInput(event.currentTarget.value)}
        onBlur={() => leaving.current = false}
        onKeyDown={(event) => {
          const area = event.currentTarget;
          if (event.key === "Escape") {
            leaving.current = true;
            return;
          }
          if ((event.ctrlKey || event.metaKey) && event.key === "s") {
            event.preventDefault();
            onSave?.();
          } else if (event.key === "Tab" && !leaving.current && !readonly && !event.shiftKey) {
            event.preventDefault();
            area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
            onInput(area.value);
          }
          leaving.current = false;
        }}
      />
    </div>
  );
}
