// Ordinary clients: each gives what it saw, which must be the same whether a guard looks on or not.
import type { Program } from "../server.ts";
import { curl } from "./curl.ts";
import { chromium } from "./chromium.ts";
import { engineClients } from "./engine-clients.ts";
import { flows } from "./flows.ts";
import { packageClients } from "./package-clients.ts";

/** How long and how much: seconds of flows, and bytes of the largest transfer. */
export type Size = { readonly seconds: number; readonly bytes: number };

export type Client = {
  readonly name: string;
  readonly program: Program;
  /** What its programs or packages are, where they may be missing. */
  readonly needs?: "curl" | "chromium" | "packages";
  see(port: number, size: Size): Promise<unknown>;
};

export const clients: readonly Client[] = [...engineClients, ...flows, curl, ...packageClients, chromium];
