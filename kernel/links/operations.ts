import { addLink, changeLink, countClicks, removeLink } from "./link_operations.ts";

/** The writes of this folder. */
export const LINKS_WRITES = [addLink, changeLink, removeLink, countClicks];
