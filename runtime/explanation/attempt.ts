// What guards/ tell explanation/ about a call that failed.
import type { Files } from "../engine.ts";

export type Attempt = {
  kind: "file" | "program" | "connection" | "listener" | "name" | "addon" | "database" | "module";
  /** The function that the program called, without `Sync`: `readFile`. */
  call: string;
  args: readonly unknown[];
  /** Holds the stack of the call, where the error comes later and has none. */
  caller?: object | undefined;
  /** Another stack, where that one has nobody's frames but the engine's. */
  before?: object | undefined;
};

/** Changes the error in place and reports it, if it stands for a refused request. */
export type Explain = (error: Record<string | symbol, unknown>, attempt: Attempt) => void;

/** Functions that were taken before the program could change them. */
export type Tools = {
  fstatSync: Files["fstatSync"];
  writeSync: Files["writeSync"];
  /** The folder of the bundles: frames in it are cordon's own. */
  folder: string;
};

export type Permission = "read" | "write" | "net" | "listen" | "run" | "addons";

/** A request that was refused, as far as the runtime can tell. */
export type Refusal = {
  permission: Permission;
  /** What a grant would name. */
  resource: string;
  /** What the broker calls it in its own report, where that is something else: the two are one denial. */
  told?: string;
};
