export type { S3PutOptions, S3Stored } from "./multipart.ts";
export {
  S3Client,
  type S3Head,
  type S3Listed,
  type S3Object,
  type S3Page,
  type S3Range,
} from "./s3_client.ts";
export type { S3Options } from "./s3_request.ts";
