// A guard takes the place of a function of the engine, and must not be told from it: a proxy has the name, the length, the
// prototype and whatever else hangs on the original, and making one costs half a microsecond.
import { isCallable, type Bag, type Callable } from "./engine.ts";

/** Does what the original does, and looks at how it ends. */
export type Guard = { apply(original: Callable, self: unknown, args: unknown[]): unknown };

/** Puts a guard in the place of `object[name]`, own or inherited, where that is a function. */
export function replace(object: Bag, name: string, guard: Guard): void {
  const original = object[name];
  if (isCallable(original)) object[name] = new Proxy(original, guard);
}
