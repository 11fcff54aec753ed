// Notices when the program loads a builtin that gets guards: loading them at start would cost more than everything else
// here.
import { apply, defineProperty, getBuiltinModule, isObject, Module, type Bag, type Callable } from "./engine.ts";
import type { Explainer } from "./explainer.ts";
import type { Guards, Start } from "./guards/index.ts";
import { replace } from "./look-alike.ts";

type FilesBundle = { guardFiles(explainer: Explainer, guardian: Guardian): void };

/** Call with the name of a builtin that is about to be used, with or without `node:`. */
export type Guardian = (id: string) => void;

/** Which builtins get guards, and those that bring one along inside the engine. */
function guardedBy(name: string): readonly string[] {
  switch (name) {
    case "fs":
    case "fs/promises":
    case "os":
    case "net":
    case "dgram":
    case "dns":
    case "worker_threads":
    case "sqlite":
      return [name];
    case "dns/promises":
      return ["dns"];
    case "child_process":
    case "cluster":
      return ["child_process", "net", "dgram"];
    case "http":
    case "https":
    case "http2":
    case "tls":
      return ["net"];
    default:
      return [];
  }
}

export function createGuardian(explainer: Explainer, start: Start): Guardian {
  const done = new Set<string>();
  let guards: Guards | undefined;
  const guard = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    // The bundles are ours: their one export is the function that the type names.
    if (name === "fs") return (explainer.load("files") as FilesBundle).guardFiles(explainer, guardian);
    guards ??= (explainer.load("guards") as { createGuards: (explainer: Explainer, start: Start) => Guards }).createGuards(explainer, start);
    const exports: unknown = getBuiltinModule(`node:${name}`);
    if (isObject(exports)) guards[name]?.(exports);
  };
  const guardian: Guardian = (id) => guardedBy(id.startsWith("node:") ? id.slice(5) : id).forEach(guard);
  return guardian;
}

/**
 * For `require`: the loader calls `Module._load` by its property. The guard is a plain function, which is faster than a
 * proxy; and an accessor gives the first caller the original, so that no frame of ours stands below the program's entry.
 */
export function watchRequire(guardian: Guardian): void {
  const original = (Module as unknown as Bag)._load as Callable;
  // Stack traces name a function by its place in an object, which the guard has from now on: the original needs a name.
  defineProperty(original, "name", { value: "_load", configurable: true });
  const _load = function (this: unknown, request: unknown, parent: unknown, isMain: unknown, options: unknown): unknown {
    if (typeof request === "string" && isBuiltinName(request)) guardian(request);
    return apply(original, this, [request, parent, isMain, options]);
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
  return request.length < 24 && request.charCodeAt(0) !== 46 && request.charCodeAt(0) !== 47;
}

/** For `process.getBuiltinModule`. */
export function watchGetBuiltinModule(guardian: Guardian): void {
  replace(process as unknown as Bag, "getBuiltinModule", { apply: (original, self, args) => {
    if (typeof args[0] === "string") guardian(args[0]);
    return apply(original, self, args);
  } });
}

/** For `fetch`, whose code the engine loads at the first call, node:net with it. */
export function watchFetch(guardian: Guardian, explainer: Explainer): void {
  replace(globalThis as unknown as Bag, "fetch", { apply: (original, self, args) => {
    guardian("net");
    explainer.fetching = explainer.callerNow();
    return apply(original, self, args);
  } });
}
