// The worker of what takes long to compute or to load when somebody signs in.
import { serveTasks } from "../lib/task_worker.ts";
import { PASSKEY_TASKS } from "./passkey_tasks.ts";
import { hashPassword, verifyPassword } from "./password_hash.ts";

serveTasks({
  "password.hash": ({ password }: { readonly password: string }) => hashPassword(password),
  "password.verify": ({ password, hash }: { readonly password: string; readonly hash: string }) =>
    verifyPassword(password, hash),
  ...PASSKEY_TASKS,
});
