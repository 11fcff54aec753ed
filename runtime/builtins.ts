// Notices when the program uses what gets guards: loading those at start would cost more than everything else here.
import { apply, defineProperty, isObject, Module, type Bag, type Callable } from "./engine.ts";
import type { Late } from "./late.ts";
import { replace } from "./look-alike.ts";

/** Builtins that get guards, and those that bring one along inside the engine, by their names without `node:`. */
const GUARDED: Record<string, readonly string[]> = {
  // @ts-expect-error The object's prototype, so that no inherited name is taken for a builtin's.
  __proto__: null,
  fs: ["fs"],
  "fs/promises": ["fs/promises"],
  os: ["os"],
  net: ["net"],
  dgram: ["dgram"],
  dns: ["dns"],
  worker_threads: ["worker_threads"],
  sqlite: ["sqlite"],
  "dns/promises": ["dns"],
  child_process: ["child_process", "net", "dgram"],
  cluster: ["child_process", "net", "dgram"],
  http: ["net", "http"],
  https: ["net", "http", "https"],
  http2: ["net", "http2"],
  tls: ["net"],
};

/** The rest of the runtime, loaded by the first call. */
export type Rest = () => Late;

/** Call with the name of a builtin that is about to be used, with or without `node:`. */
export type Guardian = (id: string) => void;

export function createRest(create: (guardian: Guardian) => Late): { rest: Rest; guardian: Guardian } {
  let late: Late | undefined;
  let isLoading = false;
  const rest = (): Late => {
    if (late !== undefined) return late;
    isLoading = true;
    try {
      return (late = create(guardian));
    } finally {
      // A full table of descriptors or of stack frames is no reason to go without for ever.
      isLoading = false;
    }
  };
  const guardian = (id: string): void => {
    const names = GUARDED[id.startsWith("node:") ? id.slice(5) : id];
    // The rest itself uses builtins while it is loaded.
    if (names !== undefined && !isLoading) names.forEach(rest().guard);
  };
  return { rest, guardian };
}

/**
 * For `require`: the loader calls `Module._load` by its property. The guard is a plain function, which is faster than a
 * proxy; and an accessor gives the first caller the original, so that no frame of ours stands below the program's entry.
 */
export function watchRequire(guardian: Guardian, rest: Rest): void {
  const original = (Module as unknown as Bag)._load as Callable;
  // Stack traces name a function by its place in an object, which the guard has from now on: the original needs a name.
  defineProperty(original, "name", { value: "_load", configurable: true });
  const _load = function (this: unknown, request: unknown, parent: unknown, isMain: unknown, options: unknown): unknown {
    if (request === "cordon:http") return rest().shown();
    if (typeof request === "string" && isBuiltinName(request)) guardian(request);
    let isLoaded = false;
    try {
      const exports = apply(original, this, [request, parent, isMain, options]);
      isLoaded = true;
      return exports;
    } finally {
      // Caught and thrown again, an error would be shown at a line of ours.
      if (!isLoaded && isObject(parent) && isNamed(request)) rest().explainer.explainModule(request, parent.filename);
    }
  };
  const settle = (value: unknown): unknown => {
    defineProperty(Module, "_load", { value, writable: true, enumerable: true, configurable: true });
    return value;
  };
  // Code from -e, from stdin or in a worker with `eval` is no module: there the first caller is the program itself.
  const first = (): unknown => ("_eval" in process && process._eval !== undefined ? _load : original);
  defineProperty(Module, "_load", { get: () => (settle(_load), first()), set: settle, enumerable: true, configurable: true });
}

/** Most requests are paths or packages: the letter they begin with tells. */
function isBuiltinName(request: string): boolean {
  return request.length < 24 && isNamed(request);
}

/** A builtin or a package, no path. */
function isNamed(request: unknown): boolean {
  return typeof request === "string" && request.charCodeAt(0) !== 46 && request.charCodeAt(0) !== 47;
}

/** For `process.getBuiltinModule`. */
export function watchGetBuiltinModule(guardian: Guardian): void {
  replace(process as unknown as Bag, "getBuiltinModule", { apply: (original, self, args) => {
    if (typeof args[0] === "string") guardian(args[0]);
    return apply(original, self, args);
  } });
}

/** For `fetch`, whose code the engine loads at the first call, node:net with it. */
export function watchFetch(guardian: Guardian, rest: Rest): void {
  replace(globalThis as unknown as Bag, "fetch", { apply: (original, self, args) => {
    guardian("net");
    rest().noteFetch();
    return apply(original, self, args);
  } });
}
