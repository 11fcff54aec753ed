// Stands for modules that arborist loads and nothing here uses: what starts programs, writes trees and asks on its own.

const refuse = (): never => {
  throw new Error("This part of the resolver is left out");
};

/** Any name of a left-out module is a function that throws. */
export const leftOut: object = new Proxy(refuse, { get: (target, name) => (typeof name === "string" && name !== "prototype" ? refuse : Reflect.get(target, name)) });
