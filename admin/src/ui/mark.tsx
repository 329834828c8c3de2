/** The product's sign. */
export function Mark() {
  return <img src="/icon.svg" alt="" width="28" height="28" />;
}

/** A coloured square with the first letter of an app's name; the same name has the same colour. */
export function AppMark({ name, large }: { readonly name: string; readonly large?: boolean }) {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)!) % 997;
  return (
    <span class={`app-mark h${hash % 6}${large ? " large" : ""}`} aria-hidden="true">
      {[...name][0] ?? "?"}
    </span>
  );
}
