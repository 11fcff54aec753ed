// Fixed places of a cell's own network, where nothing else is.
export const LOOPBACK = "127.0.0.1";
export const NEIGHBOUR = "127.0.0.3";
export const FAR = "93.184.215.14";
export const PRIVATE = "10.11.12.13";
export const METADATA = "169.254.169.254";
export const SHARED = "100.64.1.1";
export const RESOLVER = "9.9.9.9";
export const FOREIGN_RESOLVER = "8.8.8.8";

/** Addresses of the cell's machine beside loopback: all packets stay inside. */
export const ADDRESSES: readonly string[] = [FAR, PRIVATE, METADATA, SHARED, RESOLVER, FOREIGN_RESOLVER, "fd00::1", "2606:4700::1"];

/** What the harmless manifest grants on LOOPBACK; canaries take ports from 20000 on. */
export const GRANTED_TCP = 4100;
export const GRANTED_UDP = 4300;
export const GRANTED_LISTEN = 4200;
/** Granted to listen only, and heard by a canary. */
export const LISTEN_ONLY = 4250;
export const NAMES_PORT = 4500;
/** Granted for a name that nobody ever looks up. */
export const UNASKED = 4550;
