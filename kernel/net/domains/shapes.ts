import type { DnsRecord, WantedRecord } from "./domain_check.ts";

/** What a domain does for its app. */
export type DomainRole = "serve" | "redirect";

/** A domain in a few words, as apps list theirs. */
export interface AppDomain {
  readonly domain: string;
  /** As people write it, where that differs; it may be made to look like another one. */
  readonly unicode?: string;
  readonly role: DomainRole;
  readonly primary: boolean;
  /** `pending`: not served yet. `broken`: served, but the DNS leads elsewhere now. */
  readonly state: "pending" | "active" | "broken";
}

/** A domain of an app. */
export interface Domain extends AppDomain {
  readonly id: string;
  readonly appId: string;
  readonly app: string;
  readonly url: string;
  readonly createdAt: number;
  readonly verifiedAt?: number;
  readonly checkedAt?: number;
  readonly check?: { readonly seen: readonly DnsRecord[]; readonly problem?: string };
  /** What to put into the DNS, any one of the ways. */
  readonly records: readonly WantedRecord[];
  readonly warnings: readonly string[];
  readonly certificate?:
    | { readonly state: string; readonly notAfter: number }
    | { readonly code: string; readonly message: string; readonly nextAt: number };
}

/** A domain to map. */
export interface DomainInput {
  readonly domain: string;
  /** Id, name or alias of the app. */
  readonly app: string;
  readonly role?: DomainRole | undefined;
  readonly primary?: boolean | undefined;
}
