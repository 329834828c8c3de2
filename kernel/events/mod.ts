export {
  covers,
  type EventPattern,
  isEventPattern,
  matchesType,
  parsePattern,
  readPattern,
} from "./pattern.ts";
