import type { Settings } from "../config/mod.ts";
import { addressRanges, isInRanges } from "../lib/address_ranges.ts";

/** The addresses whose word on others' addresses is taken: `server.trustedProxies`. */
export class TrustedProxies {
  #ranges = addressRanges("")!;

  constructor(settings: Settings) {
    const read = (text: string) => this.#ranges = addressRanges(text) ?? [];
    read(settings.get("server.trustedProxies"));
    settings.watch("server.trustedProxies", read);
  }

  trusts(address: string): boolean {
    return isInRanges(address, this.#ranges);
  }
}
