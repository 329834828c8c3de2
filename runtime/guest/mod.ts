export type {
  FlatHeaders,
  FromGuest,
  GuestApp,
  GuestCall,
  GuestError,
  GuestSandbox,
  ToGuest,
} from "./protocol.ts";
export { guestSource } from "./source.ts";
