import ipaddr from "ipaddr.js";
import { addressRanges } from "../lib/address_ranges.ts";
import { isHostList } from "../lib/host_list.ts";
import { isCronText } from "../lib/cron_text.ts";
import { isKeepText } from "../lib/keep_rule.ts";
import { z } from "../lib/zod.ts";

/** One setting: what it may be, what it is when nobody says, and what it is for. */
export interface Definition<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  readonly fallback: z.output<S>;
  readonly about: string;
  /** Read once at start; a change takes effect at the next start. */
  readonly restart?: boolean;
  /** Changed only at the node's own machine: whoever sets it may run programs there. */
  readonly local?: boolean;
}

function define<S extends z.ZodType>(
  schema: S,
  fallback: z.output<S>,
  about: string,
  restart = false,
): Definition<S> {
  return { schema, fallback, about, restart };
}

const count = (min: number, max: number) => z.int().min(min).max(max);
const cores = Math.max(1, navigator.hardwareConcurrency);
const domain = z.string().max(253).regex(
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/,
  "must be a lower-case domain name such as example.com",
);

const acmeUrl = z.string().max(2000).refine(
  (text) =>
    /^(https:|http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$))/.test(text) &&
    URL.canParse(text),
  "must be an https URL",
);
const addressList = z.string().max(1000).refine(
  (text) => text.split(/[\s,]+/).every((one) => one === "" || ipaddr.isValid(one)),
  "must be IPv4 or IPv6 addresses",
);

/** 512 MiB, or 60 % of a machine that has less than that to give. */
function defaultMemoryMb(): number {
  return Math.max(64, Math.min(512, Math.floor(Deno.systemMemoryInfo().total * 0.6 / 1_048_576)));
}

/** Every setting there is. Limits keep the names and defaults of the design's table of limits. */
export const DEFINITIONS = {
  "server.domain": define(domain, "localhost", "domain under which apps answer as <app>.<domain>"),
  "server.port": define(count(0, 65535), 8080, "port of the HTTP server; 0 picks a free one", true),
  "server.host": define(
    z.string().max(255),
    "",
    "address the HTTP server binds; empty is this machine for localhost, else every address",
    true,
  ),
  "server.https": define(z.boolean(), false, "whether the node answers HTTPS", true),
  "server.httpsPort": define(
    count(0, 65535),
    443,
    "port of HTTPS; 0 picks a free one",
    true,
  ),
  "server.hstsDays": define(
    count(0, 730),
    180,
    "days for which browsers that came by HTTPS come by nothing else; 0 is none",
  ),
  "server.trustedProxies": define(
    z.string().max(4000).refine(
      (text) => addressRanges(text) !== undefined,
      "must be addresses and ranges such as loopback, 10.0.0.5, fd00::/8",
    ),
    "loopback",
    "addresses of proxies whose X-Forwarded-For, X-Forwarded-Proto and PROXY headers are believed",
  ),
  "server.proxyProtocol": define(
    z.boolean(),
    false,
    "whether connections begin with the PROXY header of a trusted proxy",
    true,
  ),
  "server.listener": define(
    z.enum(["auto", "documented"]),
    "auto",
    "how connections are served: documented does without what Deno's manual does not promise",
    true,
  ),
  "server.drainSeconds": define(count(0, 600), 10, "time for open requests at shutdown"),
  "server.addresses": define(
    addressList,
    "",
    "public addresses of this node; empty: what server.domain leads to",
  ),
  "certificates.issuer": define(
    z.enum(["auto", "acme", "local"]),
    "auto",
    "who signs certificates; auto: this node for *.localhost and the like, ACME for the rest",
  ),
  "acme.directory": define(
    acmeUrl,
    "https://acme-v02.api.letsencrypt.org/directory",
    "ACME directory of the certificate authority",
  ),
  "acme.email": define(
    z.union([z.literal(""), z.email().max(254)]),
    "",
    "address the certificate authority may write to",
  ),
  "acme.profile": define(
    z.string().max(64).regex(/^[\w.-]*$/),
    "",
    "profile of certificates; empty is the authority's own choice",
  ),
  "acme.caFile": define(
    z.string().max(4096),
    "",
    "PEM file with the root of a private certificate authority",
  ),
  "acme.eabKeyId": define(
    z.string().max(500),
    "",
    "id of the account at the authority; its key: fazt net cert secret eab",
  ),
  "acme.challenges": define(
    z.string().max(100).refine(
      (text) => text.split(/[\s,]+/).every((one) => /^(http-01|tls-alpn-01|dns-01)$/.test(one)),
      "must name some of http-01, tls-alpn-01 and dns-01",
    ),
    "http-01 tls-alpn-01 dns-01",
    "ways to prove names, in the order they are tried",
  ),
  "acme.staging": define(
    z.union([z.enum(["auto", "off"]), acmeUrl]),
    "auto",
    "directory of trial orders; auto is the authority's own, where it is known",
  ),
  "acme.waitSeconds": define(count(0, 60), 9, "time a handshake waits for its first certificate"),
  "acme.addresses": define(
    addressList,
    "",
    "addresses that have a certificate themselves, for visitors without a name",
  ),
  "acme.dns": define(
    z.enum(["off", "rfc2136", "cloudflare"]),
    "off",
    "who changes the DNS for proofs; with it the domain gets one certificate for all its names",
  ),
  "acme.dnsServer": define(
    z.string().max(300),
    "",
    "server that takes updates (rfc2136), as host or host:port",
  ),
  "acme.dnsZone": define(
    z.string().max(253).regex(/^[a-z0-9._-]*$/),
    "",
    "zone that is updated; empty is the one the server has for a name",
  ),
  "acme.dnsKeyName": define(
    z.string().max(253).regex(/^[A-Za-z0-9._-]*$/),
    "",
    "name of the TSIG key; its secret: fazt net cert secret tsig",
  ),
  "acme.dnsKeyAlgorithm": define(
    z.enum(["hmac-sha256", "hmac-sha384", "hmac-sha512"]),
    "hmac-sha256",
    "algorithm of the TSIG key",
  ),
  "acme.dnsUrl": define(
    acmeUrl,
    "https://api.cloudflare.com/client/v4",
    "where the API of the DNS answers (cloudflare)",
  ),
  "acme.dnsWaitSeconds": define(
    count(0, 600),
    30,
    "time a proof may take to show in the DNS before the authority is asked to look",
  ),
  "dns.servers": define(
    z.string().max(500),
    "",
    "resolvers that checks of domains ask, as address or address:port; empty: the machine's",
  ),
  "limits.certificates.ordersPerHour": define(
    count(1, 100_000),
    30,
    "orders of certificates in an hour",
  ),
  "limits.certificates.ordersPerWeek": define(
    count(1, 1_000_000),
    45,
    "orders of certificates for names that had none, in a week",
  ),
  "limits.domains.perApp": define(count(0, 100_000), 100, "domains mapped to one app"),
  "database.maxMb": define(count(0, 16_777_216), 0, "cap of the database file; 0 is none", true),
  "limits.global.memoryMb": define(
    count(64, 1_048_576),
    defaultMemoryMb(),
    "memory of the process past which apps are ended",
  ),
  "limits.global.diskPercent": define(
    count(1, 100),
    80,
    "part of the disk in use past which nothing is written",
  ),
  "limits.vfs.cacheMb": define(count(0, 65536), 128, "memory for cached files", true),
  "limits.vfs.fileMb": define(count(1, 65536), 100, "largest file of an app"),
  "limits.vfs.appMb": define(count(1, 1_048_576), 500, "largest revision of an app"),
  "limits.vfs.streamAboveMb": define(count(0, 1024), 5, "files above it never enter memory", true),
  "limits.fs.carBlocks": define(count(1, 10_000_000), 100_000, "blocks of one imported CAR"),
  "limits.fs.valueMb": define(count(1, 1024), 10, "content app code adds or gets at once"),
  "limits.fs.pins": define(count(0, 10_000_000), 10_000, "pins of one app"),
  "limits.fs.pinsMb": define(count(0, 1_048_576), 1000, "content one app keeps pinned"),
  "limits.deploy.entries": define(count(1, 1_000_000), 20_000, "files in one deploy"),
  "limits.deploy.inflatedMb": define(count(1, 65536), 500, "unpacked size of one zip"),
  "limits.deploy.ratio": define(count(1, 100_000), 200, "unpacked by packed size of a zip entry"),
  "limits.request.bodyMb": define(count(1, 1024), 10, "request body an app may receive"),
  "limits.runtime.seconds": define(count(1, 3600), 30, "time of one call of an app"),
  "limits.runtime.heapMb": define(count(8, 4096), 64, "JavaScript heap of one isolate"),
  "limits.runtime.concurrency": define(count(1, 10_000), 50, "requests in one isolate at once"),
  "limits.runtime.isolatesPerApp": define(count(1, 64), cores, "isolates of one app at once"),
  "limits.runtime.isolates": define(
    count(1, 4096),
    Math.max(4, Math.min(16 * cores, Math.floor(defaultMemoryMb() / 16))),
    "isolates of all apps at once",
  ),
  "limits.runtime.moduleMb": define(count(1, 64), 1, "size of an app's server module"),
  "limits.runtime.consoleKb": define(count(1, 65536), 64, "log output of one request"),
  "limits.runtime.syscallsInFlight": define(count(1, 65536), 256, "open syscalls of one isolate"),
  "limits.runtime.syscallsPerSecond": define(
    count(1, 1_000_000),
    5000,
    "syscalls of an app a second",
  ),
  "limits.runtime.idleSeconds": define(count(1, 86400), 60, "quiet time before hibernation"),
  "limits.runtime.spares": define(count(0, 16), 1, "warm isolates kept ready in each realm"),
  "limits.net.perMinute": define(count(1, 100_000), 100, "requests an app may send in a minute"),
  "limits.net.perMinuteGlobal": define(
    count(1, 1_000_000),
    500,
    "requests all apps may send in a minute",
  ),
  "limits.net.outMb": define(count(0, 1024), 10, "body of a request an app sends"),
  "limits.net.inMb": define(count(1, 4096), 50, "body of a response an app receives, unpacked"),
  "limits.net.seconds": define(
    count(1, 300),
    60,
    "time of a request that names none (300 at most)",
  ),
  "limits.storage.appMb": define(
    count(1, 16_777_216),
    1024,
    "what one app keeps in kv, ds and rd together",
  ),
  "limits.net.sockets": define(count(0, 1000), 20, "raw connections an app may have open"),
  "limits.net.socketIdleSeconds": define(
    count(1, 86_400),
    300,
    "time until a raw connection that carries nothing is closed",
  ),
  "limits.storage.kv.keyBytes": define(count(1, 65536), 1024, "length of a key in UTF-8 bytes"),
  "limits.storage.kv.valueMb": define(count(1, 64), 1, "size of a value"),
  "limits.storage.kv.keys": define(count(1, 100_000_000), 100_000, "keys of one app"),
  "limits.storage.ds.documentMb": define(count(1, 64), 16, "size of a document as JSON"),
  "limits.storage.ds.perCollection": define(
    count(1, 1_000_000_000),
    1_000_000,
    "documents of a collection",
  ),
  "limits.storage.ds.collections": define(count(1, 10_000), 100, "collections of one app"),
  "limits.storage.ds.shards": define(
    count(1, 4096),
    512,
    "open shards of one app's collections together",
  ),
  "limits.storage.ds.queryMs": define(count(10, 60_000), 1000, "time of a query, ms"),
  "limits.storage.ds.writeMs": define(
    count(10, 10_000),
    200,
    "time a change of many documents may hold up others, ms",
  ),
  "limits.storage.ds.changeDocuments": define(
    count(1, 1_000_000),
    10_000,
    "documents one update or delete changes",
  ),
  "limits.storage.rd.tables": define(count(1, 1000), 50, "tables of one app"),
  "limits.storage.rd.rows": define(count(1, 100_000_000), 1_000_000, "rows of one app's tables"),
  "limits.storage.rd.queryMs": define(count(10, 30_000), 1000, "time of one query"),
  "limits.storage.rd.writeMs": define(
    count(10, 5000),
    200,
    "time of one change in rd; all other changes of the node wait for it",
  ),
  "limits.storage.rd.resultRows": define(count(1, 1_000_000), 10_000, "rows one query gives"),
  "limits.storage.rd.resultMb": define(count(1, 64), 16, "size of what one query gives"),
  "limits.sql.ms": define(count(10, 60_000), 5000, "time of one statement of fazt sql"),
  "limits.storage.s3.blobMb": define(count(1, 1_048_576), 100, "object that is not streamed"),
  "limits.storage.s3.streamedGb": define(count(1, 5120), 5, "object that is streamed"),
  "limits.storage.s3.appGb": define(count(1, 1_048_576), 5, "objects of one app together"),
  "limits.events.kb": define(count(1, 16_384), 64, "size of an event's data"),
  "limits.events.perSecond": define(count(1, 1_000_000), 100, "events one app emits a second"),
  "limits.events.subscriptions": define(count(1, 10_000), 50, "patterns one app listens to"),
  "limits.events.keepDays": define(count(1, 3650), 7, "age at which events go"),
  "limits.events.appMb": define(count(1, 1_048_576), 100, "kept and undelivered events of one app"),
  "limits.cron.perApp": define(count(0, 10), 10, "cron entries of one app"),
  "limits.cron.minMinutes": define(count(1, 60), 1, "time between two runs of a cron entry"),
  "limits.cron.minutes": define(count(1, 60), 5, "time of one cron or job run"),
  "limits.cron.retries": define(count(0, 10), 3, "retries of a failed cron or job run"),
  "limits.cron.jobs": define(count(0, 100_000), 1000, "one-off jobs of one app that wait"),
  "limits.sandbox.seconds": define(
    count(1, 60),
    5,
    "time of a sandbox that names none (60 at most)",
  ),
  "limits.sandbox.memoryMb": define(
    count(8, 256),
    64,
    "JavaScript heap of a sandbox that names none (256 at most)",
  ),
  "limits.sandbox.codeKb": define(count(1, 1024), 100, "size of a sandbox's code"),
  "limits.sandbox.outputMb": define(count(1, 10), 1, "input, result and log of a sandbox, each"),
  "cron.graceMinutes": define(count(1, 1440), 60, "lateness at which a cron run is made up for"),
  "limits.global.connections": define(count(1, 1_000_000), 1000, "requests open at once"),
  "limits.global.perAddress": define(
    count(1, 1_000_000),
    100,
    "requests of one address open at once",
  ),
  "limits.global.sockets": define(
    count(10, 1_000_000),
    10_000,
    "connections open at once, quiet ones too, as far as memory holds them",
  ),
  "limits.global.socketsPerAddress": define(
    count(1, 1_000_000),
    256,
    "connections of one address open at once",
  ),
  "limits.rate.perAddress": define(
    count(0, 1_000_000),
    100,
    "requests an address may send to app code and API a second, three times that at once; 0 is any",
  ),
  "limits.rate.perApp": define(
    count(0, 1_000_000),
    1000,
    "requests an app's code gets a second; 0 is any",
  ),
  "limits.rate.perKey": define(
    count(0, 1_000_000),
    300,
    "requests an API key may send a second; 0 is any",
  ),
  "limits.request.headerKb": define(count(1, 256), 32, "header fields of a request"),
  "limits.request.headerSeconds": define(
    count(1, 3600),
    10,
    "time until the first request of a connection has arrived",
  ),
  "limits.request.handshakeSeconds": define(
    count(1, 600),
    20,
    "time of a TLS handshake, and with it of an order for a certificate",
  ),
  "limits.request.idleSeconds": define(
    count(1, 86_400),
    60,
    "time until a connection without a request is closed",
  ),
  "limits.request.bodySeconds": define(
    count(1, 3600),
    60,
    "time a request's body may take to arrive",
  ),
  "limits.net.egressGbPerMonth": define(
    z.number().min(0).max(1_000_000),
    0,
    "bytes visitors of one app get in a month; 0 is any",
  ),
  "limits.git.packMb": define(count(1, 4096), 64, "what a git repository sends, packed"),
  "limits.git.inflatedMb": define(count(1, 16_384), 200, "what it sends, unpacked"),
  "limits.git.objects": define(count(1, 5_000_000), 100_000, "files, folders and commits it sends"),
  "limits.git.heapMb": define(
    count(32, 4096),
    128,
    "JavaScript heap of the thread that reads a repository",
  ),
  "limits.git.seconds": define(count(1, 3600), 120, "time to fetch and read a repository"),
  "limits.git.atOnce": define(count(1, 32), 2, "repositories that are read at once"),
  "sources.privateHosts": define(
    z.string().max(2000).refine(isHostList, "must be hosts such as git.lan 10.0.0.5:3000"),
    "",
    "hosts of repositories that may be in a private network and speak plain HTTP, spaces between",
  ),
  "limits.import.mb": define(
    count(1, 16_777_216),
    2048,
    "size of an app that is imported, unpacked",
  ),
  "backup.schedule": define(
    z.string().max(100).refine(
      (text) => text === "off" || text === "daily" || isCronText(text),
      "must be off, daily or five cron fields",
    ),
    "off",
    "when backups are made: off, daily (at 3 in the morning) or a cron schedule",
  ),
  "backup.keep": define(
    z.string().max(100).refine(isKeepText, 'must be all, or such as "7 daily 4 weekly"'),
    "7 daily 4 weekly",
    "scheduled backups that are kept, counted in last, daily, weekly and monthly, or all",
  ),
  "backup.folder": define(
    z.string().max(4096).refine((path) => path === "" || path.startsWith("/"), "must be absolute"),
    "",
    "folder of backups; empty is backups beside the database",
  ),
  "backup.s3.bucket": define(z.string().max(255), "", "bucket of backups; empty is backup.folder"),
  "backup.s3.endpoint": define(
    z.string().max(1000),
    "https://s3.amazonaws.com",
    "S3-compatible service of that bucket",
  ),
  "backup.s3.region": define(z.string().min(1).max(100), "us-east-1", "region of that bucket"),
  "backup.s3.prefix": define(z.string().max(500), "", "what names in that bucket begin with"),
  "backup.s3.accessKeyId": define(
    z.string().max(500),
    "",
    "id of the key for that bucket; its secret: fazt backup secret s3",
  ),
  "backup.s3.addressing": define(
    z.enum(["path", "host"]),
    "path",
    "whether that bucket stands in the path or in the host name",
  ),
  "backup.compression": define(z.enum(["zstd", "none"]), "zstd", "how backups are compressed"),
  "upgrade.url": define(
    z.string().max(2000).refine(
      (text) => text === "" || /^https?:\/\/[^/]/.test(text),
      "must be the address of a release, such as https://example.com/fazt/",
    ),
    "",
    "address of the releases that fazt upgrade looks at",
  ),
  "upgrade.key": {
    ...define(
      z.string().max(1000).regex(
        /^(?:[A-Za-z0-9+/]{43}=(?:[\s,]+|$))*$/,
        "must be Ed25519 public keys in base64, 44 characters each",
      ),
      "",
      "keys of whoever may sign releases, beside those that were built in",
    ),
    local: true,
  },
  "upgrade.private": {
    ...define(
      z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]),
      false,
      "whether an upgrade that is asked for from afar may come from a private network",
    ),
    local: true,
  },
  "upgrade.healthSeconds": define(
    count(1, 3600),
    120,
    "time a new executable has to come up before the one of before returns",
  ),
  "limits.upgrade.mb": define(count(1, 4096), 1024, "size of an executable that is downloaded"),
  "previews.keepDays": define(count(1, 365), 7, "time a preview answers when nobody says"),
  "limits.previews.perApp": define(count(0, 10_000), 50, "previews of one app at once"),
  "owner.name": define(
    z.string().regex(
      /^[\p{L}\p{N}._@-](?:[\p{L}\p{N} ._@-]{0,62}[\p{L}\p{N}._@-])?$/u,
      "must be a name",
    ),
    "owner",
    "name the owner signs in with",
  ),
  "session.idleDays": define(count(1, 365), 7, "unused time after which a sign-in ends"),
  "session.maxDays": define(count(1, 365), 30, "time after which a sign-in ends, used or not"),
  "session.stepUpMinutes": define(
    count(1, 1440),
    10,
    "time a proof of who one is counts for dangerous actions",
  ),
  "activity.keepDays": define(count(1, 3650), 365, "age at which the activity log forgets"),
  "activity.keepRows": define(count(100, 10_000_000), 100_000, "entries the activity log keeps"),
  "access.sampleEvery": define(
    count(0, 1_000_000),
    100,
    "of so many requests one is in the access log, besides those that failed or were slow; 0 is none",
  ),
  "access.slowMs": define(count(1, 3_600_000), 1000, "time from which a request is slow"),
  "access.keepDays": define(count(1, 3650), 7, "age at which lines of the access log go"),
  "access.keepLines": define(count(100, 100_000_000), 200_000, "lines the access log keeps"),
  "access.addresses": define(
    z.enum(["short", "full", "none"]),
    "short",
    "how visitors' addresses stand in the access log: short keeps the network only",
  ),
  "analytics.enabled": define(z.boolean(), true, "whether visitors of apps are counted"),
  "analytics.keepMinutesHours": define(count(1, 720), 48, "hours that counts by minute are kept"),
  "analytics.keepHoursDays": define(count(1, 400), 35, "days that counts by hour are kept"),
  "analytics.keepDays": define(count(1, 36_500), 730, "days that counts by day are kept"),
  "analytics.countryHeader": define(
    z.string().max(64).regex(/^(?:[a-z0-9-]+)?$/, "must be a header field's name in lower case"),
    "",
    "field in which a proxy tells a visitor's country, such as cf-ipcountry; empty is none",
  ),
  "logs.keepDays": define(count(1, 3650), 7, "age at which an app's log lines go"),
  "logs.keepPerApp": define(count(100, 10_000_000), 10_000, "log lines kept for one app"),
} as const;

/** The name of a setting. */
export type SettingKey = keyof typeof DEFINITIONS;
/** What the setting of this name holds. */
export type SettingValue<K extends SettingKey> = z.output<(typeof DEFINITIONS)[K]["schema"]>;
