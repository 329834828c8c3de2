export type { EmitOptions } from "./emission.ts";
export type { DeliveryQuery, EventPage } from "./event_reads.ts";
export { eventSyscalls } from "./event_syscalls.ts";
export { type EventQuery, Events, type EventsDeps, type SystemOptions } from "./events.ts";
export type { EventListener } from "./listeners.ts";
export {
  covers,
  type EventPattern,
  isEventPattern,
  matchesType,
  parsePattern,
  readPattern,
} from "./pattern.ts";
export type {
  BusEvent,
  Deliver,
  DeliveredEvent,
  DeliveryCall,
  DeliveryMode,
  DeliveryOutcome,
  DeliveryRow,
  EventApp,
  StoredEvent,
  Timers,
} from "./shapes.ts";
