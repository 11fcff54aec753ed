// A guard takes the place of a function of the engine, and must not be told from it. Not a proxy: `util.inspect` shows
// those, and they cost more at each call.
import { defineProperty, isCallable, ownKeys, type Bag, type Callable } from "./engine.ts";

/** Does what the original does, and looks at how it ends. */
export type Guard = { apply(original: Callable, self: unknown, args: unknown[]): unknown };

/** A function has `length`, `name` and `prototype`; whoever has more, has something to hand on. */
const USUAL_KEYS = 3;

/** Puts a guard in the place of `object[name]`, where that is a function. An inherited one is covered by one of its own. */
export function replace(object: Bag, name: string, guard: Guard): void {
  const original = object[name];
  if (!isCallable(original)) return;
  const value = standIn(original, guard);
  if (Object.hasOwn(object, name)) object[name] = value;
  else defineProperty(object, name, { value, writable: true, enumerable: false, configurable: true });
}

/** A function with the name, the length and everything else that hangs on the original. */
function standIn(original: Callable, guard: Guard): Callable {
  const stand = Object.hasOwn(original, "prototype")
    ? function (this: unknown, ...args: unknown[]): unknown {
        return guard.apply(original, this, args);
      }
    : withoutPrototype(original, guard);
  defineProperty(stand, "name", { value: original.name, configurable: true });
  defineProperty(stand, "length", { value: original.length, configurable: true });
  const keys = ownKeys(original);
  if (keys.length > USUAL_KEYS) copyRest(stand, original, keys);
  return stand;
}

/** As async functions are. */
function withoutPrototype(original: Callable, guard: Guard): Callable {
  return {
    stand(this: unknown, ...args: unknown[]): unknown {
      return guard.apply(original, this, args);
    },
  }.stand;
}

function copyRest(stand: Callable, original: Callable, keys: readonly (string | symbol)[]): void {
  for (const key of keys) {
    if (key === "prototype" || key === "name" || key === "length") continue;
    const property = Object.getOwnPropertyDescriptor(original, key);
    if (property !== undefined) defineProperty(stand, key, property);
  }
}
