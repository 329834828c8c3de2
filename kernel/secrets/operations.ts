export { SECRETS_WRITES } from "./secret_operations.ts";
