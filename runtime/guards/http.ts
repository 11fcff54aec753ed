// The guard of HTTP servers, suite/http, which is loaded when the program makes its first server.
import { apply, defineProperty, isCallable, isObject, type Bag, type Callable } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import { replace } from "../look-alike.ts";

type Emitting = (original: Callable) => Callable;
type Loaded = { emitting: Emitting; seen: object };
type HttpBundle = { createHttpGuard(settings: Readonly<Record<string, unknown>> | false, load: () => unknown): Loaded };

export type HttpGuard = {
  /** For node:http and node:https, whose classes can be extended. */
  guardClass(exports: Bag): void;
  /** For node:http2, whose classes nobody but the engine has. */
  guardMakers(exports: Bag): void;
  /** Fills in what the module cordon:http exports. */
  show(exports: Bag): void;
};

export function createHttpGuard({ settings, load }: Explainer): HttpGuard {
  let loaded: Loaded | undefined;
  // The bundle is ours: its one export is the function that the type names.
  const guard = (): Loaded => (loaded ??= (load("http") as HttpBundle).createHttpGuard(settings.policy?.http ?? {}, () => load("shared")));
  const guarded = new Set<object>();
  const guardPrototype = (prototype: Bag): void => {
    if (guarded.has(prototype)) return;
    guarded.add(prototype);
    const original = prototype.emit;
    if (!isCallable(original)) return;
    const place = (value: Callable): boolean => defineProperty(prototype, "emit", { value, writable: true, enumerable: false, configurable: true });
    let own: Callable | undefined;
    // The first server loads the guard, which then stands here itself; or below what the program has put here.
    place(function emit(this: unknown, ...args: unknown[]): unknown {
      own ??= guard().emitting(original);
      if (prototype.emit === emit) place(own);
      return apply(own, this, args);
    });
  };
  const isOff = (): boolean => settings.policy?.http === false;
  return {
    show: (exports) => void Object.assign(exports, guard().seen),
    guardClass(exports) {
      const prototype: unknown = isCallable(exports.Server) ? exports.Server.prototype : undefined;
      if (isObject(prototype) && !isOff()) guardPrototype(prototype);
    },
    guardMakers(exports) {
      if (isOff()) return;
      for (const name of ["createServer", "createSecureServer"]) {
        replace(exports, name, { apply(original, self, args) {
          const server = apply(original, self, args);
          const prototype: unknown = isObject(server) ? Object.getPrototypeOf(server) : undefined;
          if (isObject(prototype)) guardPrototype(prototype);
          return server;
        } });
      }
    },
  };
}
