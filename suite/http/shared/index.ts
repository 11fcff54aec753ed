// Shared counters, bundled into dist/shared.cjs: loaded when the manifest names a Redis or Valkey.
import { randomBytes } from "node:crypto";
import type { Shared } from "../client.ts";
import { createExchange, type Surroundings } from "./exchange.ts";
import { createLink } from "./link.ts";

/** `url`: as the launcher let it through, with the name of a variable in the place of a password. */
export function createShared(url: string, surroundings: Pick<Surroundings, "clients" | "now" | "write">): Shared {
  const name = randomBytes(6).toString("hex");
  const { protocol, host } = new URL(url.replace(/\$\{\w+\}/, ""));
  return createExchange({ ...surroundings, link: createLink(filledIn(url)), name, place: `${protocol}//${host}` });
}

function filledIn(url: string): string {
  return url.replace(/\$\{(\w+)\}/, (_, variable: string) => encodeURIComponent(process.env[variable] ?? ""));
}
