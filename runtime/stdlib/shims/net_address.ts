/** What `net.isIPv4` says of a text. */
export function isIPv4(text: unknown): boolean {
  const parts = String(text).split(".");
  return parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part < 256);
}

/** What `net.isIPv6` says of a text. */
export function isIPv6(text: unknown): boolean {
  const [address = "", ...zone] = String(text).split("%");
  if (zone.length > 1 || zone[0] === "" || !address.includes(":")) return false;
  return URL.canParse(`http://[${address}]/`);
}

/** 4, 6, or 0 for what is no address. */
export function isIP(text: unknown): 0 | 4 | 6 {
  return isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0;
}
