export { KEY_BYTES, seal, unseal } from "./seal.ts";
export {
  type Revealed,
  type SecretInfo,
  type SecretInput,
  type SecretRef,
  Secrets,
  type SecretsOptions,
} from "./secrets.ts";
