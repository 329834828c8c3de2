export { carStream } from "./dag_answer.ts";
export { type IpfsDeps, serveIpfs } from "./serve.ts";
