/** Tells whether a text matches. */
export type TextTest = (text: string) => boolean;
/** Compiles the operand of `$regex`; `flags` are some of `i`, `m`, `s`. */
export type CompileRegex = (source: string, flags: string) => TextTest;

let compile: CompileRegex | undefined;

/**
 * Gives this thread what compiles expressions. Only the database workers match documents by them,
 * so only they load it: it is large.
 */
export function provideRegex(compiler: CompileRegex): void {
  compile = compiler;
}

/** Compiles the operand of `$regex`. @throws {FaztError} `INVALID` for what is none. */
export const compileRegex: CompileRegex = (source, flags) => {
  if (compile !== undefined) return compile(source, flags);
  throw new Error("expressions are matched by the database workers");
};
