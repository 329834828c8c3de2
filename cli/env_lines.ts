import type { EnvEntry } from "./api_types.ts";
import { styled } from "./format.ts";
import type { Line, Span } from "./output.ts";
import { table } from "./table.ts";

/** An app's environment as a table; secrets stay hidden. */
export function envLines(variables: readonly EnvEntry[]): Line[] {
  if (variables.length === 0) return ["No variables: fazt app env set APP NAME=value"];
  return table(
    ["NAME", "VALUE", "ABOUT"],
    variables.map((one) => [one.name, valueOf(one), one.description]),
  );
}

function valueOf(one: EnvEntry): Span {
  if (one.set) return one.secret ? styled("dim", "(secret)") : one.value ?? "";
  if (typeof one.default === "string") return styled("dim", `${one.default} (default)`);
  return one.required ? styled("red", "missing") : "";
}
