export { SECRETS_WRITES } from "./secret_operations.ts";
export {
  type Revealed,
  type SecretInfo,
  type SecretInput,
  type SecretRef,
  Secrets,
  type SecretsOptions,
} from "./secrets.ts";
