// Which variables the program asks for: the kernel does not see that.
import { defineProperty, type Bag } from "../engine.ts";

/** Tells of one variable, by name. */
type Tell = (name: string) => void;

/** Puts a recorder in the place of `process.env`. It behaves as the variables do. */
export function watchVariables(tell: Tell): void {
  const told = new Set<string>();
  const asked = (name: string): void => {
    if (told.has(name)) return;
    told.add(name);
    tell(name);
  };
  defineProperty(process, "env", { value: recorder(process.env as Bag, asked), writable: true, enumerable: true, configurable: true });
}

const FRAMES = /^ +at (?:.*? \()?(.+?):\d+:\d+\)?$/gm;

/** The file of the first frame that is neither the engine's nor in this file. */
function callingFile(): string | undefined {
  const files = [...String(new Error("now").stack).matchAll(FRAMES)].map(([, file = ""]) => file);
  return files.find((file) => file !== files[0] && !file.startsWith("node:"));
}

/**
 * A program that copies all variables, as `{ ...process.env }` does for a child, asks for none: reads that follow the
 * order of a listing are the listing's, where the same file makes both.
 */
function recorder(variables: Bag, asked: Tell): Bag {
  let listed: (string | symbol)[] = [];
  let next = 0;
  let lister: string | undefined;
  const ask = (key: string | symbol): void => {
    const at = listed.indexOf(key, next);
    if (at >= 0 && at <= next + 1 && callingFile() === lister) next = at;
    else if (typeof key === "string") asked(key);
  };
  return new Proxy(variables, {
    ownKeys(target) {
      listed = Reflect.ownKeys(target);
      next = 0;
      lister = callingFile();
      return listed;
    },
    get(target, key) {
      ask(key);
      return Reflect.get(target, key);
    },
    // Not by way of the proxy, which would define a property: the engine takes none that is not whole.
    set(target, key, value) {
      return Reflect.set(target, key, value);
    },
    has(target, key) {
      ask(key);
      return Reflect.has(target, key);
    },
  });
}
