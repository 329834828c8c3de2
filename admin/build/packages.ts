/**
 * Never called. Deno reads these imports ahead and keeps the packages in its cache, which is where
 * the build finds their files; nothing of them runs outside a browser.
 */
export function keptPackages(): Promise<unknown>[] {
  return [
    import("@noble/hashes/sha2.js"),
    import("@preact/signals"),
    import("@simplewebauthn/browser"),
    import("fflate"),
    import("ignore"),
    import("preact"),
    import("qr"),
    import("uplot"),
  ];
}
