export { sqlRead, type SqlRows, sqlWrite } from "./operations.ts";
