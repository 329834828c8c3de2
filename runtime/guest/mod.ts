export type {
  FlatHeaders,
  FromGuest,
  GuestApp,
  GuestCall,
  GuestError,
  GuestSandbox,
  GuestUsage,
  ToGuest,
} from "./protocol.ts";
export { guestSource } from "./source.ts";
export type { Connect, ConnectOptions, GuestSocket } from "./sockets.ts";
