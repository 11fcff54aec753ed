// Stack traces as the program would see them without guards.
import { apply, defineProperty, getOwnPropertyDescriptor, isCallable, type Callable } from "./engine.ts";

/** How frames of this file begin and end in a stack trace; the bundle is named so by its sourceURL. */
const OWN_FRAME = /^ +at .*node:internal\/cordon\/.*\n?/gm;

/** Guards call each other, as the engine's readFileSync calls openSync: so many frames are theirs at most. */
const OWN_FRAMES = 8;

/** Room in stack traces for the guards' frames, so that the program's own are as many as ever. */
export type StackRoom = {
  /** Gives what to close with; nothing where there is room already, or none to be had. */
  open(): number | undefined;
  close(limit: number | undefined): void;
};

export function createStackRoom(): StackRoom {
  const isFixed = getOwnPropertyDescriptor(Error, "stackTraceLimit")?.writable === false;
  let isOpen = isFixed;
  return {
    open() {
      const limit = Error.stackTraceLimit;
      if (isOpen || !(limit > 0)) return undefined;
      isOpen = true;
      try {
        Error.stackTraceLimit = limit + OWN_FRAMES;
      } catch {
        // --frozen-intrinsics makes it throw, later than this runs: then there is no room, for good.
        return undefined;
      }
      return limit;
    },
    close(limit) {
      if (limit === undefined) return;
      isOpen = false;
      Error.stackTraceLimit = limit;
    },
  };
}

/** The frames that would be there without guards: their own are taken out, and those that came in by the room for them. */
function withoutOwnFrames(stack: string): string {
  const frames = stack.replace(OWN_FRAME, "").split("\n    at ");
  return frames.slice(0, Error.stackTraceLimit + 1).join("\n    at ");
}

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
      return typeof text === "string" ? withoutOwnFrames(text) : text;
    },
    set(this: object, value: unknown): void {
      if (native !== undefined) apply(native.set, this, [value]);
    },
    enumerable: false,
    configurable: true,
  };
  // Programs throw thousands of errors to see whether files are there: what V8 made is taken to have its accessor.
  return (error) => {
    native ??= nativeStack();
    if (native !== undefined && error instanceof Error) defineProperty(error, "stack", clean);
  };
}
