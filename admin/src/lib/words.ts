/** What was done, as a person would say it; unknown actions are shown as they are. */
export function activityWords(action: string): string {
  return ACTIONS[action] ?? action.replace(/[._-]/g, " ");
}

const ACTIONS: Readonly<Record<string, string>> = {
  "app.create": "created the app",
  "app.deploy": "deployed",
  "app.remove": "removed the app",
  "app.restore": "brought back the app",
  "app.purge": "erased the app",
  "app.rollback": "rolled back",
  "app.promote": "promoted a revision of",
  "app.rename": "renamed the app",
  "app.update": "changed the app",
  "alias.set": "pointed the address",
  "alias.remove": "removed the address",
  "backup.create": "made a backup",
  "config.set": "changed the setting",
  "config.unset": "reset the setting",
  "env.set": "changed the environment of",
  "grants.change": "changed the permissions of",
  "key.create": "made the key",
  "key.revoke": "revoked the key",
  "owner-link.create": "made a sign-in link",
  "session.create": "signed in",
  "session.revoke": "signed out",
  "system.mode": "mode is now",
};
