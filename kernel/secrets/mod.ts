export { KEY_BYTES, seal, unseal } from "./seal.ts";
export {
  NODE_SECRETS,
  type Revealed,
  type SecretInfo,
  type SecretInput,
  type SecretRef,
  Secrets,
  type SecretsOptions,
} from "./secrets.ts";
