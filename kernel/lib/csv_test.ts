import fc from "fast-check";
import assert from "node:assert/strict";
import { csvLine } from "./csv.ts";

Deno.test("quotation marks, commas and line ends stay in their cell", () => {
  assert.equal(
    csvLine(["a", 'say "x", y', "two\nlines", 3, null, true]),
    'a,"say ""x"", y","two\nlines",3,,true\r\n',
  );
});

Deno.test("no text of others is a formula of a spreadsheet", () => {
  for (
    const text of ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "  =1", "\r=1", "|x"]
  ) {
    assert.match(csvLine([text]), /^"?'/, text);
  }
  assert.equal(csvLine([-2]), "-2\r\n");
});

Deno.test("whatever is written is read as the same number of cells", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 2 }), (cells) => {
    assert.equal(cellsOf(csvLine(cells)).length, cells.length);
  }));
});

/** The cells of one line, read as RFC 4180 says. */
function cellsOf(line: string): string[] {
  const cells: string[] = [];
  let [cell, quoted] = ["", false];
  for (let i = 0; i < line.length - 2; i++) {
    const c = line[i]!;
    if (quoted && c === '"' && line[i + 1] === '"') {
      cell += c;
      i++;
    } else if (c === '"') quoted = !quoted;
    else if (c === "," && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += c;
  }
  return [...cells, cell];
}
