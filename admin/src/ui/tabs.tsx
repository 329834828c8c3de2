/** Pages of one thing, as links. */
export function Tabs(
  { label, tabs, current }: {
    readonly label: string;
    readonly tabs: readonly { readonly href: string; readonly text: string; readonly id: string }[];
    readonly current: string;
  },
) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ href, text, id }) => (
        <a key={id} href={href} aria-current={id === current ? "page" : undefined}>{text}</a>
      ))}
    </nav>
  );
}
