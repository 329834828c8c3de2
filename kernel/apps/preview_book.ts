import type { AppContext } from "./app_context.ts";
import { endPreview, preview, sweepPreviews } from "./previews.ts";
import type { Actor, PreviewInfo } from "./shapes.ts";

/** Revisions under addresses of their own; each change is told to the activity log. */
export class PreviewBook {
  constructor(private readonly context: AppContext) {}

  /** Puts a revision (default: the newest) under an address of its own until it expires. */
  open(
    ref: string,
    options: { readonly revision?: number; readonly expires?: string },
    by: Actor,
  ): Promise<PreviewInfo> {
    const { context } = this;
    const { revision, expires } = options;
    return context.change(
      "app.preview",
      { by, target: ref, details: { ...options } },
      () => preview(context, context.active(ref), { revision, expires, by }),
    );
  }

  /** Ends a preview before its time. */
  end(ref: string, revision: number, by: Actor): Promise<void> {
    const { context } = this;
    return context.change(
      "app.preview.end",
      { by, target: ref, details: { revision } },
      () => endPreview(context, context.active(ref), revision),
    );
  }

  /** Forgets previews that have expired. */
  sweep(): Promise<void> {
    return sweepPreviews(this.context);
  }
}
