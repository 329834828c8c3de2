import type { ComponentChildren } from "preact";
import type { Paged } from "../data/paged.ts";
import { Button } from "./button.tsx";
import { ErrorNote, Loading } from "./state.tsx";

/** A list that is read a page at a time, with a button for more. */
export function PagedList<T>(
  { list, empty, children }: {
    readonly list: Paged<T>;
    readonly empty: ComponentChildren;
    readonly children: (items: readonly T[]) => ComponentChildren;
  },
) {
  const { items, error } = list;
  if (items === undefined) {
    return error
      ? (
        <div class="body" style={{ padding: "1.1rem" }}>
          <ErrorNote error={error} retry={() => void list.refresh()} />
        </div>
      )
      : <Loading />;
  }
  return (
    <>
      {error && <ErrorNote error={error} retry={() => void list.refresh()} />}
      {items.length === 0 && !list.more ? empty : children(items)}
      {list.more && (
        <div class="row" style={{ padding: "0.8rem 1.1rem" }}>
          <Button small busy={list.busy} onClick={() => void list.next()}>More</Button>
        </div>
      )}
    </>
  );
}
