// What one attack is. Attack modules run on both sides: the battery reads what they say of themselves, the agent runs
// them inside the jail; so they import nothing but node: and what lies in this folder.
import type { Access } from "./access.ts";

/** Where an attack's code runs. `addon` makes its system calls from C, in the main thread. */
export type Place = "main" | "worker" | "child" | "addon";

/** What lies ready for an attack, beside the secret and the file that must not change. */
export type Need = "tcp" | "tcp6" | "tcp-far" | "tcp-private" | "tcp-metadata" | "udp" | "udp-far" | "unix" | "unix-datagram" | "abstract" | "victim" | "names" | "free-port" | "stir";

export type Endpoint = { host: string; port: number };
export type Victim = { pid: number; address: string; descriptor: number; key: number; secretKey: string };

/** One port, heard on all the addresses that the names below lead to. */
export type Names = { port: number; loopback: string; private: string; metadata: string; mapped: string; alias: string; mixed: string; turning: string; ungranted: string; unasked: number };

/** The canaries of one attack in one place: nobody else touches them. All paths are absolute. */
export type Target = {
  id: string;
  /** Sixteen letters. Whoever gets to run, load or open something forbidden says them backwards. */
  token: string;
  /** A folder outside all grants. */
  folder: string;
  /** In it: a file with random content that only a read can know. */
  secret: string;
  /** In it: a file that must stay as it is. */
  keep: string;
  /** In it: a program that says the token backwards, or shows a file. */
  program: string;
  /** A home folder outside all grants, with the usual tokens. */
  home: string;
  /** The project, its readable code, and a file in it that must stay as it is. */
  project: string;
  readable: string;
  /** The one folder of the project that the harmless manifest lets write. */
  out: string;
  /** What the harmless manifest grants: a listener, a UDP listener, a port to listen on. */
  granted: { tcp: Endpoint; udp: Endpoint; listen: number; unix: string };
  /** Next to what is granted: heard, and not granted. Shared by all attacks, so they have to say their token. */
  beside: { port: Endpoint; host: Endpoint; listenOnly: Endpoint };
  /** The process that started all this: the launcher, or its stand-in. */
  launcher: number;
  tcp: Endpoint;
  tcp6: Endpoint;
  "tcp-far": Endpoint;
  "tcp-private": Endpoint;
  "tcp-metadata": Endpoint;
  udp: Endpoint;
  "udp-far": Endpoint;
  unix: string;
  "unix-datagram": string;
  abstract: string;
  victim: Victim;
  /** Names under `*.rebind.test`, which the harmless manifest grants: each answers with the address of a canary. */
  names: Names;
  /** A port that nobody listens on. */
  "free-port": number;
  /** A folder outside all grants in which the battery keeps making files with random names. */
  stir: string;
};

export type Attack = {
  /** `class/what-it-does`. */
  name: string;
  /** One line for docs/threats.md: what it tries, and where this was seen, if it was. */
  tries: string;
  places: readonly Place[];
  needs?: readonly Need[];
  /** `harmless`: only where the manifest grants something near; else with no grants too. */
  manifest?: "harmless";
  /** `root`: an ordinary user can't do it on the bare engine either. */
  user?: "root";
  /** The guarantee that it tests needs namespaces. */
  namespaces?: "needed";
  /** What it got hold of, as text; a throw is a refusal. */
  run: (target: Target, access: Access) => unknown;
};

export const NODE: readonly Place[] = ["main", "worker", "child"];
export const EVERYWHERE: readonly Place[] = ["main", "worker", "child", "addon"];
export const RAW: readonly Place[] = ["addon"];
export const MAIN: readonly Place[] = ["main"];

/** The proof that something forbidden happened where there is no secret to bring: the token, backwards. */
export function claim(target: Target): string {
  return [...target.token].toReversed().join("");
}
