export { answerCheck, isCheck } from "./answer_check.ts";
export { type ClientHello, findClientHello } from "./client_hello.ts";
