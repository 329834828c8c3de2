/** `node:os`: nothing of this machine. */

export const EOL = "\n";
export const hostname = (): string => "localhost";
export const platform = (): string => "browser";
export const type = platform;
export const arch = (): string => "";
export const release = (): string => "";
export const homedir = (): string => "/";
export const tmpdir = homedir;
export const cpus = (): object[] => [];
export const networkInterfaces = (): object => ({});

/** Fails as it does for a process without a name: libraries have a default for that. */
export function userInfo(): never {
  throw new Error("Cannot tell a user: apps have none");
}

export default {
  arch,
  cpus,
  EOL,
  homedir,
  hostname,
  networkInterfaces,
  platform,
  release,
  tmpdir,
  type,
  userInfo,
};
