import type { AnyCommand } from "./command.ts";
import { nearest } from "../kernel/lib/nearest.ts";

type Loader = () => Promise<{ readonly command: AnyCommand }>;

/**
 * Every command. A module is loaded when its command runs or its help is asked for; the
 * specifiers are literals so that compiled executables carry them.
 */
export const COMMANDS: Readonly<Record<string, Loader>> = {
  "server init": () => import("./commands/server/init.ts"),
  "server start": () => import("./commands/server/start.ts"),
  "server status": () => import("./commands/server/status.ts"),
  "server trust": () => import("./commands/server/trust.ts"),
  "server edge": () => import("./commands/server/edge.ts"),
  "server cells": () => import("./commands/server/cells.ts"),
  "server set-config": () => import("./commands/server/set_config.ts"),
  "server set-credentials": () => import("./commands/server/set_credentials.ts"),
  "server create-key": () => import("./commands/server/create_key.ts"),
  "upgrade": () => import("./commands/node/upgrade.ts"),
  "service install": () => import("./commands/service/install.ts"),
  "service start": () => import("./commands/service/start.ts"),
  "service stop": () => import("./commands/service/stop.ts"),
  "service status": () => import("./commands/service/status.ts"),
  "service logs": () => import("./commands/service/logs.ts"),
  "service uninstall": () => import("./commands/service/uninstall.ts"),
  "doctor": () => import("./commands/node/doctor.ts"),
  "version": () => import("./commands/node/version.ts"),

  "app create": () => import("./commands/app/create.ts"),
  "app validate": () => import("./commands/app/validate.ts"),
  "app deploy": () => import("./commands/app/deploy.ts"),
  "app dev": () => import("./commands/app/dev.ts"),
  "app list": () => import("./commands/app/list.ts"),
  "app info": () => import("./commands/app/info.ts"),
  "app files": () => import("./commands/app/files.ts"),
  "app logs": () => import("./commands/app/logs.ts"),
  "app run": () => import("./commands/app/run.ts"),
  "app export": () => import("./commands/app/export.ts"),
  "app import": () => import("./commands/app/import.ts"),
  "app rename": () => import("./commands/app/rename.ts"),
  "app remove": () => import("./commands/app/remove.ts"),

  "app revisions": () => import("./commands/app/revisions.ts"),
  "app rollback": () => import("./commands/app/rollback.ts"),

  "app link": () => import("./commands/app/link.ts"),
  "app unlink": () => import("./commands/app/unlink.ts"),
  "alias list": () => import("./commands/alias/list.ts"),
  "alias info": () => import("./commands/alias/info.ts"),

  "app reserve": () => import("./commands/app/reserve.ts"),
  "app swap": () => import("./commands/app/swap.ts"),
  "app split": () => import("./commands/app/split.ts"),
  "app fork": () => import("./commands/app/fork.ts"),
  "app lineage": () => import("./commands/app/lineage.ts"),
  "app preview": () => import("./commands/app/preview.ts"),
  "app promote": () => import("./commands/app/promote.ts"),
  "app diff": () => import("./commands/app/diff.ts"),

  "app install": () => import("./commands/app/install.ts"),
  "app upgrade": () => import("./commands/app/upgrade.ts"),
  "app outdated": () => import("./commands/app/outdated.ts"),
  "app pull": () => import("./commands/app/pull.ts"),
  "app sign": () => import("./commands/app/sign.ts"),
  "market add": () => import("./commands/market/add.ts"),
  "market list": () => import("./commands/market/list.ts"),
  "market search": () => import("./commands/market/search.ts"),
  "market update": () => import("./commands/market/update.ts"),
  "market remove": () => import("./commands/market/remove.ts"),
  "market key": () => import("./commands/market/key.ts"),

  "app env list": () => import("./commands/app/env_list.ts"),
  "app env set": () => import("./commands/app/env_set.ts"),
  "app env unset": () => import("./commands/app/env_unset.ts"),
  "app grants show": () => import("./commands/app/grants_show.ts"),
  "app grants approve": () => import("./commands/app/grants_approve.ts"),
  "app grants revoke": () => import("./commands/app/grants_revoke.ts"),
  "secret set": () => import("./commands/secret/set.ts"),
  "secret list": () => import("./commands/secret/list.ts"),
  "secret remove": () => import("./commands/secret/remove.ts"),
  "config list": () => import("./commands/config/list.ts"),
  "config get": () => import("./commands/config/get.ts"),
  "config set": () => import("./commands/config/set.ts"),
  "config unset": () => import("./commands/config/unset.ts"),

  "net domain map": () => import("./commands/net/domain_map.ts"),
  "net domain list": () => import("./commands/net/domain_list.ts"),
  "net domain verify": () => import("./commands/net/domain_verify.ts"),
  "net domain set": () => import("./commands/net/domain_set.ts"),
  "net domain unmap": () => import("./commands/net/domain_unmap.ts"),
  "net cert list": () => import("./commands/net/cert_list.ts"),
  "net cert info": () => import("./commands/net/cert_info.ts"),
  "net cert issue": () => import("./commands/net/cert_issue.ts"),
  "net cert renew": () => import("./commands/net/cert_renew.ts"),
  "net cert revoke": () => import("./commands/net/cert_revoke.ts"),
  "net cert secret": () => import("./commands/net/cert_secret.ts"),

  "net allow add": () => import("./commands/net/allow_add.ts"),
  "net allow remove": () => import("./commands/net/allow_remove.ts"),
  "net allow list": () => import("./commands/net/allow_list.ts"),
  "logs access": () => import("./commands/logs/access.ts"),
  "net logs": () => import("./commands/net/logs.ts"),
  "net limits": () => import("./commands/net/limits.ts"),
  "net fetch": () => import("./commands/net/fetch.ts"),
  "net cache clear": () => import("./commands/net/cache_clear.ts"),

  "fs ls": () => import("./commands/fs/ls.ts"),
  "fs cat": () => import("./commands/fs/cat.ts"),
  "fs cid": () => import("./commands/fs/cid.ts"),
  "fs export": () => import("./commands/fs/export.ts"),
  "fs import": () => import("./commands/fs/import.ts"),
  "storage upload": () => import("./commands/storage/upload.ts"),
  "storage pins list": () => import("./commands/storage/pins_list.ts"),
  "storage pins remove": () => import("./commands/storage/pins_remove.ts"),

  "app cron list": () => import("./commands/app/cron_list.ts"),
  "app cron history": () => import("./commands/app/cron_history.ts"),
  "app cron run": () => import("./commands/app/cron_run.ts"),
  "app cron retry": () => import("./commands/app/cron_retry.ts"),
  "app cron remove": () => import("./commands/app/cron_remove.ts"),

  "app restore": () => import("./commands/app/restore.ts"),
  "user list": () => import("./commands/user/list.ts"),
  "user export": () => import("./commands/user/export.ts"),
  "user erase": () => import("./commands/user/erase.ts"),
  "user restore": () => import("./commands/user/restore.ts"),
  "user anonymise": () => import("./commands/user/anonymise.ts"),
  "storage kv get": () => import("./commands/storage/kv_get.ts"),
  "storage kv set": () => import("./commands/storage/kv_set.ts"),
  "storage kv list": () => import("./commands/storage/kv_list.ts"),
  "storage kv delete": () => import("./commands/storage/kv_delete.ts"),
  "storage ds collections": () => import("./commands/storage/ds_collections.ts"),
  "storage ds find": () => import("./commands/storage/ds_find.ts"),
  "storage ds get": () => import("./commands/storage/ds_get.ts"),
  "storage ds insert": () => import("./commands/storage/ds_insert.ts"),
  "storage ds update": () => import("./commands/storage/ds_update.ts"),
  "storage ds delete": () => import("./commands/storage/ds_delete.ts"),
  "storage ds drop": () => import("./commands/storage/ds_drop.ts"),
  "storage ds index": () => import("./commands/storage/ds_index.ts"),
  "storage ds shard": () => import("./commands/storage/ds_shard.ts"),
  "storage ds shards": () => import("./commands/storage/ds_shards.ts"),
  "storage ds restore-shard": () => import("./commands/storage/ds_restore_shard.ts"),
  "storage usage": () => import("./commands/storage/usage.ts"),

  "storage s3 list": () => import("./commands/storage/s3_list.ts"),
  "storage s3 get": () => import("./commands/storage/s3_get.ts"),
  "storage s3 put": () => import("./commands/storage/s3_put.ts"),
  "storage s3 delete": () => import("./commands/storage/s3_delete.ts"),
  "storage s3 url": () => import("./commands/storage/s3_url.ts"),
  "storage provider add": () => import("./commands/storage/provider_add.ts"),
  "storage provider list": () => import("./commands/storage/provider_list.ts"),
  "storage provider remove": () => import("./commands/storage/provider_remove.ts"),
  "storage migrate": () => import("./commands/storage/migrate.ts"),

  "events list": () => import("./commands/events/list.ts"),
  "events watch": () => import("./commands/events/watch.ts"),
  "events emit": () => import("./commands/events/emit.ts"),
  "events deliveries": () => import("./commands/events/deliveries.ts"),
  "events retry": () => import("./commands/events/retry.ts"),
  "sandbox exec": () => import("./commands/sandbox/exec.ts"),
  "sandbox validate": () => import("./commands/sandbox/validate.ts"),
  "sql": () => import("./commands/node/sql.ts"),
  "storage rd tables": () => import("./commands/storage/rd_tables.ts"),
  "storage rd query": () => import("./commands/storage/rd_query.ts"),

  "logs list": () => import("./commands/logs/list.ts"),
  "logs stats": () => import("./commands/logs/stats.ts"),
  "logs cleanup": () => import("./commands/logs/cleanup.ts"),
  "logs export": () => import("./commands/logs/export.ts"),
  "analytics show": () => import("./commands/analytics/show.ts"),
  "analytics top": () => import("./commands/analytics/top.ts"),
  "analytics live": () => import("./commands/analytics/live.ts"),
  "analytics export": () => import("./commands/analytics/export.ts"),
  "redirect add": () => import("./commands/redirect/add.ts"),
  "redirect list": () => import("./commands/redirect/list.ts"),
  "redirect change": () => import("./commands/redirect/change.ts"),
  "redirect remove": () => import("./commands/redirect/remove.ts"),

  "backup create": () => import("./commands/backup/create.ts"),
  "backup list": () => import("./commands/backup/list.ts"),
  "backup verify": () => import("./commands/backup/verify.ts"),
  "backup restore": () => import("./commands/backup/restore.ts"),
  "backup remove": () => import("./commands/backup/remove.ts"),
  "backup secret": () => import("./commands/backup/secret.ts"),

  "activity list": () => import("./commands/activity/list.ts"),
  "activity export": () => import("./commands/activity/export.ts"),
  "key list": () => import("./commands/key/list.ts"),
  "key rename": () => import("./commands/key/rename.ts"),
  "key revoke": () => import("./commands/key/revoke.ts"),
  "session list": () => import("./commands/session/list.ts"),
  "session end": () => import("./commands/session/end.ts"),
  "peer add": () => import("./commands/peer/add.ts"),
  "peer list": () => import("./commands/peer/list.ts"),
  "peer remove": () => import("./commands/peer/remove.ts"),
  "peer default": () => import("./commands/peer/default.ts"),
  "peer status": () => import("./commands/peer/status.ts"),
  "mcp": () => import("./commands/ai/mcp.ts"),
  "skill": () => import("./commands/ai/skill.ts"),
  "completion": () => import("./commands/node/completion.ts"),
  "help": () => import("./commands/node/help.ts"),
};

/** Short names of commands. */
export const SHORT_NAMES: Readonly<Record<string, string>> = {
  deploy: "app deploy",
  status: "server status",
};

/** The command that the first words name: its full name and how many words that took. */
export function findCommand(words: readonly string[]): { name: string; words: number } | undefined {
  for (let n = Math.min(3, words.length); n > 0; n--) {
    const said = words.slice(0, n).join(" ");
    const name = Object.hasOwn(SHORT_NAMES, said) ? SHORT_NAMES[said]! : said;
    if (Object.hasOwn(COMMANDS, name)) return { name, words: n };
  }
  return undefined;
}

/** Names of the commands under some first words, such as all of `app env`. */
export function commandsUnder(words: readonly string[]): string[] {
  const prefix = words.join(" ");
  return Object.keys(COMMANDS).filter((name) => prefix === "" || name.startsWith(`${prefix} `));
}

/** The command whose name is nearest to what was typed. */
export function nearestCommand(words: readonly string[]): string | undefined {
  const noun = words.slice(0, 2);
  const verbs = words.length > 2 ? commandsUnder(noun) : [];
  if (verbs.length > 0) return nearest(words.slice(0, 3).join(" "), verbs);
  const names = [...Object.keys(COMMANDS), ...Object.keys(SHORT_NAMES)];
  const siblings = words.length > 1 ? names.filter((n) => n.startsWith(`${words[0]} `)) : [];
  return nearest(noun.join(" "), siblings) ??
    nearest(noun.join(" "), names) ?? nearest(words[0] ?? "", names);
}

/** Loads one command. */
export async function loadCommand(name: string): Promise<AnyCommand> {
  return (await COMMANDS[name]!()).command;
}

/** Loads some commands, in the order of their names. */
export function loadCommands(names: readonly string[]): Promise<AnyCommand[]> {
  return Promise.all(names.map(loadCommand));
}
