import { type ErrorBody, FaztError } from "../kernel/lib/fazt_error.ts";
import type { Target } from "./target.ts";

/** The error an answer carries, with a hint that names a command where the node gave none. */
export async function errorOf(response: Response, target: Target): Promise<FaztError> {
  const text = await response.text();
  const body = readBody(text);
  if (body === undefined) return unexpected(response, target);
  const hint = typeof body.hint === "string" ? body.hint : hintFor(body.code, target);
  return FaztError.from({
    code: body.code,
    message: body.message,
    ...(hint === undefined ? {} : { hint }),
    ...(body.details === undefined ? {} : { details: body.details }),
  }, errorStatus(response.status));
}

function readBody(text: string): ErrorBody | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: Partial<ErrorBody> };
    if (typeof error?.code !== "string" || typeof error.message !== "string") return undefined;
    return error as ErrorBody;
  } catch {
    return undefined;
  }
}

function unexpected(response: Response, target: Target): FaztError {
  const { status } = response;
  if (status >= 300 && status < 400) {
    return new FaztError("MOVED", `Cannot use ${target.url}: it sends us elsewhere`, {
      hint: `fazt peer add ${target.name} --url URL with the address that answers itself`,
      status: 502,
    });
  }
  return new FaztError(
    "NOT_FAZT",
    `Cannot read the answer of ${target.url}: it says ${status}, which is not a node's error`,
    { hint: "look at the address: fazt peer list", status: 502 },
  );
}

/** By code and not by status: what is not allowed need not be a matter of the key. */
function hintFor(code: string, target: Target): string | undefined {
  if (code === "UNAUTHORIZED") {
    return target.name === "local"
      ? "start the node again: fazt server start"
      : `fazt peer add ${target.name} --url ${target.url} with a key from fazt server create-key`;
  }
  if (code === "FORBIDDEN") return "use a key with the scope it needs: fazt server create-key";
  return undefined;
}

/** {@link FaztError} knows 400 to 599 only. */
function errorStatus(status: number): number {
  return status >= 400 && status <= 599 ? status : 502;
}
