/** A handler's result, ready to travel. */
export interface Answer {
  readonly status: number;
  /** Header pairs laid flat. */
  readonly headers: string[];
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | null;
}

/** Turns what handlers return into answers. */
export interface Answers {
  /** @throws {TypeError} for something that is no response and no JSON. */
  fromModern(result: unknown): Answer;
  fromClassic(result: unknown): Answer;
}

/**
 * Puts a `Response` in place that remembers a text or byte body it was made with, so that the
 * common answer never goes through a stream.
 * Refers to nothing outside itself: its text runs in isolates.
 */
export function createAnswers(maxChars: number): Answers {
  const plain = new WeakMap<Response, string | Uint8Array | null>();
  const Native = globalThis.Response;
  const tooLarge = () =>
    new RangeError(`Cannot send a text of more than ${maxChars} characters: send a stream`);
  const NULL_BODY = [101, 204, 205, 304];

  class RememberingResponse extends Native {
    constructor(body?: BodyInit | null, init?: ResponseInit) {
      // As bytes a text can take three times as much, all at once.
      if (typeof body === "string" && body.length > maxChars) throw tooLarge();
      super(body, init);
      if (body === undefined || body === null || typeof body === "string") {
        plain.set(this, body ?? null);
      } else if (body instanceof Uint8Array) plain.set(this, (body as Uint8Array).slice());
    }
    static override json(data: unknown, init?: ResponseInit): Response {
      const text = JSON.stringify(data);
      if (text === undefined) throw new TypeError("The value is not JSON serializable");
      const headers = new Headers(init?.headers);
      if (!headers.has("content-type")) headers.set("content-type", "application/json");
      return new RememberingResponse(text, { ...init, headers });
    }
  }
  Object.defineProperty(RememberingResponse, "name", { value: "Response" });
  Object.defineProperty(globalThis, "Response", {
    value: RememberingResponse,
    writable: true,
    configurable: true,
  });

  const flat = (headers: Headers) => {
    const out: string[] = [];
    headers.forEach((value, name) => out.push(name, value));
    return out;
  };
  const json = (value: unknown, status = 200, headers = new Headers()): Answer => {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`Cannot send a ${typeof value} as JSON`);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return { status, headers: flat(headers), body: text };
  };
  const text = (value: string, status = 200, headers = new Headers()): Answer => {
    if (value.length > maxChars) throw tooLarge();
    if (!headers.has("content-type")) headers.set("content-type", "text/plain; charset=utf-8");
    return { status, headers: flat(headers), body: value };
  };
  const fromResponse = (response: Response): Answer => {
    if (response.bodyUsed) throw new TypeError("The response's body was already read");
    if (response.status < 200 || response.status > 599) {
      throw new TypeError(`Cannot send the status ${response.status}`);
    }
    const known = plain.get(response);
    const body = known === undefined ? response.body : known;
    return { status: response.status, headers: flat(response.headers), body };
  };
  const fromValue = (value: unknown): Answer => {
    if (value === undefined) return { status: 204, headers: [], body: null };
    return typeof value === "string" ? text(value) : json(value);
  };

  const headersOf = (input: unknown): Headers => {
    const headers = new Headers();
    for (const [name, value] of Object.entries(input ?? {})) {
      if (value === undefined || value === null) continue;
      for (const one of Array.isArray(value) ? value : [value]) headers.append(name, String(one));
    }
    return headers;
  };
  const fromClassicObject = (result: Record<string, unknown>): Answer => {
    const headers = headersOf(result.headers);
    const status = result.status ?? (result.redirect === undefined ? 200 : 302);
    if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
      throw new TypeError(`Cannot send the status ${String(status)}`);
    }
    if (typeof result.redirect === "string") {
      headers.set("location", result.redirect);
      return { status, headers: flat(headers), body: null };
    }
    if (result.json !== undefined) return json(result.json, status, headers);
    const body = result.body;
    if (body === undefined || body === null || NULL_BODY.includes(status)) {
      return { status, headers: flat(headers), body: null };
    }
    if (typeof body === "string") return text(body, status, headers);
    if (body instanceof Uint8Array || body instanceof ReadableStream) {
      return { status, headers: flat(headers), body };
    }
    if (body instanceof ArrayBuffer) {
      return { status, headers: flat(headers), body: new Uint8Array(body) };
    }
    return json(body, status, headers);
  };

  return {
    fromModern: (result) => result instanceof Native ? fromResponse(result) : fromValue(result),
    fromClassic: (result) => {
      if (result instanceof Native) return fromResponse(result);
      const keys = typeof result === "object" && result !== null ? Object.keys(result) : [];
      return keys.some((k) => ["status", "headers", "body", "json", "redirect"].includes(k))
        ? fromClassicObject(result as Record<string, unknown>)
        : fromValue(result);
    },
  };
}
