export { type CertificateSpec, makeCertificate } from "./certificate.ts";
export { certificateRequest } from "./certificate_request.ts";
export { acmeIdentifier, authorityExtensions, SERVER_EXTENSIONS } from "./extensions.ts";
export { EC_P256, ES256, exportKey, importKey, keyToPem, newKeyPair } from "./key_pair.ts";
export { type ReadCertificate, readChain } from "./read_certificate.ts";
