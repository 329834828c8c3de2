import type { GuestCall } from "./protocol.ts";

/** One uploaded file of a classic request. */
export interface ClassicFile {
  readonly field: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/**
 * The plain request object of classic (CommonJS) handlers: `body` is the text, `bytes` the raw
 * body, `json` and `form` are undefined where the body is not one.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export async function classicRequest(
  request: Request,
  bytes: Uint8Array,
  call: GuestCall,
): Promise<object> {
  const url = new URL(request.url);
  const type = request.headers.get("content-type") ?? "";
  let form: Record<string, unknown> | undefined;
  const files: ClassicFile[] = [];
  if (/^(multipart\/form-data|application\/x-www-form-urlencoded)/i.test(type)) {
    form = {};
    const copy = new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": type },
    });
    // A body that is not the form it says it is gives an empty form; `bytes` still has it.
    const data = await copy.formData().catch(() => new FormData());
    for (const [field, value] of data) {
      if (typeof value !== "string") {
        const content = new Uint8Array(await value.arrayBuffer());
        files.push({ field, name: value.name, type: value.type, size: value.size, bytes: content });
        continue;
      }
      const before = Object.hasOwn(form, field) ? form[field] : undefined;
      const next = before === undefined
        ? value
        : Array.isArray(before)
        ? [...before, value]
        : [before, value];
      Object.defineProperty(form, field, {
        value: next,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
  }
  let text: string | undefined;
  const body = () => text ??= new TextDecoder().decode(bytes);
  return {
    method: request.method,
    url: {
      pathname: url.pathname,
      search: url.search,
      query: Object.fromEntries(url.searchParams),
    },
    headers: Object.fromEntries(request.headers),
    get body() {
      return body();
    },
    bytes,
    get json() {
      try {
        return JSON.parse(body());
      } catch {
        return undefined;
      }
    },
    form,
    files,
    trigger: call.trigger,
    state: undefined,
    user: call.userId === undefined ? undefined : { id: call.userId },
  };
}
