/** An error as the `fazt` API throws them: `code` names the reason. */
export function failure(code: string, message: string, hint?: string): Error {
  return Object.assign(new Error(message), { code, ...hint === undefined ? {} : { hint } });
}
