import { appIdLabel } from "../lib/ids.ts";

/** The longest label of a host name (RFC 1035 §2.3.4). */
const LABEL_CHARS = 63;

/**
 * The label at which a revision is previewed: `3--blog`, or with the app's id where the name is
 * too long for that.
 */
export function previewLabel(
  app: { readonly id: string; readonly name: string },
  revision: number,
): string {
  const label = `${revision}--${app.name}`;
  return label.length <= LABEL_CHARS ? label : `${revision}--${appIdLabel(app.id)}`;
}

/** Whether a label has the form of a preview's: no app and no alias can have it. */
export function isPreviewLabel(label: string): boolean {
  return /^\d+--/.test(label);
}
