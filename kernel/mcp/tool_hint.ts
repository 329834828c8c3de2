/** Commands that hints end with, and the tools that do the same. */
const TOOLS: readonly (readonly [RegExp, string])[] = [
  [/\bfazt app files (?:[\w-]+ )?/g, "fazt_app_read "],
  [/\bfazt app list\b/g, "fazt_app_list"],
  [/\bfazt app logs\b/g, "fazt_logs_read"],
  [/\bfazt app deploy\b/g, "fazt_app_deploy"],
  [/\bfazt app create\b/g, "fazt_app_create"],
  [/\bfazt app rollback\b/g, "fazt_app_rollback"],
  [/\bfazt app run\b/g, "fazt_app_run"],
  [/\bfazt app remove\b/g, "fazt_app_delete"],
  [/\bfazt storage (?:kv list|ds find|rd tables)\b/g, "fazt_storage_query"],
];

/** A hint for whoever has tools and no command line; what no tool does stays the owner's command. */
export function toolHint(hint: string): string {
  return TOOLS.reduce((text, [command, tool]) => text.replace(command, tool), hint);
}
