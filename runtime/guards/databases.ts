// Guards for node:sqlite, whose errors name neither the file nor the cause.
import { construct, defineProperty, isCallable, isObject, type Bag } from "../engine.ts";
import type { Explainer } from "../explainer.ts";

/** The class stays itself, subclasses and `instanceof` included: only making an instance is looked at. */
export function guardDatabases(sqlite: Bag, explainer: Explainer): void {
  const original = sqlite.DatabaseSync;
  if (!isCallable(original)) return;
  const guarded = new Proxy(original, {
    construct(target, args: unknown[], newTarget): object {
      try {
        return construct(target, args, newTarget) as object;
      } catch (error) {
        if (isObject(error)) {
          explainer.cleanStack(error);
          explainer.explain(error, { kind: "database", call: "DatabaseSync", args });
        }
        throw error;
      }
    },
  });
  defineProperty(original.prototype as object, "constructor", { value: guarded, writable: true, enumerable: false, configurable: true });
  sqlite.DatabaseSync = guarded;
}
