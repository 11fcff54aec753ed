// Stack traces as the program would see them without guards.
import { apply, defineProperty, getOwnPropertyDescriptor, isCallable, type Callable } from "./engine.ts";

/** How frames of this file begin and end in a stack trace; the bundle is named so by its sourceURL. */
const OWN_FRAME = /^ +at .*node:internal\/cordon\/.*\n?/gm;

type StackProperty = { get: Callable; set: Callable };

/** The accessor that V8 gives to every error, or nothing where errors hold a plain string. */
function nativeStack(): StackProperty | undefined {
  const property = getOwnPropertyDescriptor(new Error("stack"), "stack");
  return isCallable(property?.get) && isCallable(property.set) ? { get: property.get, set: property.set } : undefined;
}

/**
 * A function that hides the guards' frames from an error's stack. Formatting a stack is dear, so that happens when it is
 * read: the error gets an accessor like V8's own, around it.
 */
export function stackCleaner(): (error: object) => void {
  let native: StackProperty | undefined;
  const clean = {
    get(this: object): unknown {
      const text = native && apply(native.get, this, []);
      return typeof text === "string" ? text.replace(OWN_FRAME, "") : text;
    },
    set(this: object, value: unknown): void {
      if (native !== undefined) apply(native.set, this, [value]);
    },
    enumerable: false,
    configurable: true,
  };
  return (error) => {
    native ??= nativeStack();
    const own = getOwnPropertyDescriptor(error, "stack");
    if (own?.get !== undefined && own.get === native?.get) defineProperty(error, "stack", clean);
  };
}
