export type {
  FlatHeaders,
  FromGuest,
  GuestApp,
  GuestCall,
  GuestError,
  ToGuest,
} from "./protocol.ts";
export { guestSource } from "./source.ts";
