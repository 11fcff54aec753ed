// The engine's own functions, taken before any code of the program runs: what the program patches later, it patches
// for itself. `getBuiltinModule` rather than imports, because a builtin is loaded by this line and no other: most of
// them are not needed at start, and each costs up to 3 ms.
import type * as FileSystem from "node:fs";
import type ModuleLoader from "node:module";

type Fs = typeof FileSystem;
/**
 * The class of CommonJS modules. What node:module has besides (hooks, caches, source maps) hangs on it once that builtin is
 * loaded, which takes longer than all of this file: see `moduleBuiltin`.
 */
export const Module: typeof ModuleLoader = typeof module === "undefined" ? process.getBuiltinModule("node:module") : (module.constructor as typeof ModuleLoader);

export function moduleBuiltin(): typeof ModuleLoader {
  return getBuiltinModule("node:module");
}

type Reflection = typeof Reflect;
export const apply: Reflection["apply"] = Reflect.apply;
export const construct: Reflection["construct"] = Reflect.construct;
export const defineProperty: Reflection["defineProperty"] = Reflect.defineProperty;
export const deleteProperty: Reflection["deleteProperty"] = Reflect.deleteProperty;
export const getOwnPropertyDescriptor: Reflection["getOwnPropertyDescriptor"] = Reflect.getOwnPropertyDescriptor;
export const ownKeys: Reflection["ownKeys"] = Reflect.ownKeys;
export const captureStackTrace: typeof Error.captureStackTrace = Error.captureStackTrace;
export const getBuiltinModule: typeof process.getBuiltinModule = process.getBuiltinModule;

/** node:fs, asked for when it is needed: a program that does without starts sooner. */
export function fileSystem(): Fs {
  return getBuiltinModule("node:fs");
}

/** Functions of node:fs without guards: what the runtime itself does is nothing to explain. */
export type Files = Pick<
  Fs,
  | "fstatSync" | "lstatSync" | "mkdirSync" | "readFileSync" | "readdir" | "readdirSync" | "realpathSync" | "renameSync" | "rm" | "rmSync" | "statSync"
  | "unlinkSync" | "writeFileSync" | "writeSync"
>;
/** Call before the guards are put on, when the program asks for node:fs: it has had no chance to change them before that. */
export function bareFiles(): Files {
  const { fstatSync, lstatSync, mkdirSync, readFileSync, readdir, readdirSync, realpathSync, renameSync, rm, rmSync, statSync, unlinkSync, writeFileSync, writeSync } = fileSystem();
  return { fstatSync, lstatSync, mkdirSync, readFileSync, readdir, readdirSync, realpathSync, renameSync, rm, rmSync, statSync, unlinkSync, writeFileSync, writeSync };
}

/** `then` as it was before the program could replace it. */
export const promiseThen: typeof Promise.prototype.then = Promise.prototype.then;

export type Callable = (this: unknown, ...args: unknown[]) => unknown;
/** An object whose functions get guards. */
export type Bag = Record<string | symbol, unknown>;

export function isCallable(value: unknown): value is Callable {
  return typeof value === "function";
}

export function isObject(value: unknown): value is Bag {
  return typeof value === "object" && value !== null;
}
