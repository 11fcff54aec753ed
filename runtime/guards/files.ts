// Guards around the public functions of node:fs that take a path: bundled by themselves (dist/files.cjs), and loaded when the
// program asks for node:fs. They look at errors only. They are classes, so that
// sixty functions share two compiled ones; their fields are only declared, because initializing fields is slow.
import { apply, defineProperty, fileSystem, getOwnPropertyDescriptor, isCallable, isObject, type Bag, type Callable } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import type { Guardian } from "../builtins.ts";
import { replace, type Guard } from "../look-alike.ts";

/** Every name stands for the callback form, the `Sync` form and the promise form, where they exist. */
export const PATH_CALLS: readonly string[] = [
  "access", "appendFile", "chmod", "chown", "copyFile", "cp", "link", "lstat", "mkdir", "mkdtemp", "open", "opendir", "readFile",
  "readdir", "readlink", "realpath", "rename", "rm", "rmdir", "stat", "symlink", "truncate", "unlink", "utimes", "writeFile",
];

/** Puts guards on node:fs; those of the promise form follow when the program first asks for it. */
export function guardFiles(explainer: Explainer, guardian: Guardian): void {
  const fs = fileSystem();
  const target = fs as unknown as Bag;
  const streams: Callers = new Map();
  for (const call of PATH_CALLS) {
    replace(target, `${call}Sync`, new SyncGuard(explainer, call));
    replace(target, call, new CallbackGuard(explainer, call, streams));
  }
  replace(target, "createReadStream", streamGuard(explainer, "readFile", streams));
  replace(target, "createWriteStream", streamGuard(explainer, "writeFile", streams));
  replace(target, "watch", new SyncGuard(explainer, "watch"));
  replace(fs.realpath as unknown as Bag, "native", new CallbackGuard(explainer, "realpath", streams));
  replace(fs.realpathSync as unknown as Bag, "native", new SyncGuard(explainer, "realpath"));
  guardPromisesLater(target, guardian);
}

/** `fs.promises` is a getter that loads the module: the guards go on when it is first used. */
function guardPromisesLater(target: Bag, guardian: Guardian): void {
  const property = getOwnPropertyDescriptor(target, "promises");
  const original = property?.get;
  if (property === undefined || !isCallable(original)) return;
  const get = new Proxy(original, {
    apply(getPromises, self, args: unknown[]): unknown {
      guardian("fs/promises");
      return apply(getPromises, self, args);
    },
  });
  defineProperty(target, "promises", { ...property, get });
}

class SyncGuard implements Guard {
  declare readonly explainer: Explainer;
  declare readonly call: string;

  constructor(explainer: Explainer, call: string) {
    this.explainer = explainer;
    this.call = call;
  }

  apply(original: Callable, self: unknown, args: unknown[]): unknown {
    const { room } = this.explainer;
    const limit = room.open();
    try {
      return apply(original, self, args);
    } catch (error) {
      const left = isObject(error) ? this.failed(error, args) : error;
      if (left === undefined) return undefined;
      throw left;
    } finally {
      room.close(limit);
    }
  }

  /** What the program gets; nothing, where the call is answered with success. */
  failed(error: Bag, args: unknown[]): Bag | undefined {
    const { explainer, call } = this;
    const left = explainer.isRemaking(call, error) ? explainer.remade().answer(call, args, error) : error;
    if (left === undefined) return undefined;
    explainer.cleanStack(left);
    if (explainer.isRefusal(left)) explainer.explain(left, { kind: "file", call, args });
    return left;
  }
}

/** Who made a stream, by its path: streams open their files in a later turn, with nobody on the stack. */
type Callers = Map<unknown, object>;

function streamGuard(explainer: Explainer, call: string, streams: Callers): Guard {
  return {
    apply(original, self, args) {
      const caller = explainer.caller(call, args[0]);
      if (caller !== undefined) streams.set(args[0], caller);
      return apply(original, self, args);
    },
  };
}

class CallbackGuard implements Guard {
  declare readonly explainer: Explainer;
  declare readonly call: string;
  declare readonly streams: Callers;

  constructor(explainer: Explainer, call: string, streams: Callers) {
    this.explainer = explainer;
    this.call = call;
    this.streams = streams;
  }

  apply(original: Callable, self: unknown, args: unknown[]): unknown {
    const { explainer, call } = this;
    const last = args.length - 1;
    const callback = args[last];
    if (isCallable(callback)) {
      const caller = this.streams.get(args[0]) ?? explainer.caller(call, args[0]);
      if (this.streams.size > 0) this.streams.delete(args[0]);
      args[last] = function (this: unknown, ...results: unknown[]): unknown {
        const error = results[0];
        if (!isObject(error)) return apply(callback, this, results);
        if (!explainer.isRemaking(call, error)) {
          explainer.explain(error, { kind: "file", call, args, caller });
          return apply(callback, this, results);
        }
        return explainer.remade().answerLater(call, args, error, (left) => {
          if (left !== undefined) explainer.explain(left, { kind: "file", call, args, caller });
          apply(callback, this, [left ?? null]);
        });
      };
    }
    try {
      return apply(original, self, args);
    } catch (error) {
      if (isObject(error)) explainer.cleanStack(error);
      throw error;
    }
  }
}
