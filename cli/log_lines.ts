import type { LogLine, NodeLogLine } from "./api_types.ts";
import { formatTime, styled } from "./format.ts";
import type { Line, Style } from "./output.ts";

const STYLES: Readonly<Record<string, Style>> = { debug: "dim", warn: "yellow", error: "red" };

/** One entry of the log of everything: as {@link logLines}, with whose it is. */
export function nodeLogLines(line: NodeLogLine): Line[] {
  const [first, ...more] = logLines(line);
  const request = line.requestId === undefined ? "" : `  ${line.requestId}`;
  return [[...[first!].flat(), styled("dim", `  ${line.app}${request}`)], ...more];
}

/** One entry of an app's log; a message of several lines, such as a stack, keeps them. */
export function logLines(line: LogLine): Line[] {
  const [first = "", ...more] = line.message.replace(/\n$/, "").split("\n");
  const fields = line.fields && Object.keys(line.fields).length > 0
    ? `  ${JSON.stringify(line.fields)}`
    : "";
  const style = STYLES[line.level];
  const level = line.level.padEnd(5);
  return [
    [
      styled("dim", formatTime(line.at)),
      "  ",
      style ? styled(style, level) : level,
      "  ",
      first,
      styled("dim", fields),
    ],
    ...more.map((text): Line => `    ${text}`),
  ];
}
