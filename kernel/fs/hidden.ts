/**
 * Whether visitors may not have a path of an app: its source, its manifest, files for signed-in
 * people, and dot-files other than `.well-known`.
 */
export function isHiddenPath(path: string, hasServer: boolean): boolean {
  return path === "app.json" || path.startsWith("private/") ||
    (hasServer && (path === "api" || path.startsWith("api/"))) ||
    (path.includes(".") && /(?:^|\/)\.(?!well-known(?:\/|$))/.test(path));
}
