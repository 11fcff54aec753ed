// `test` and `[`, as POSIX.1-2024 has them: expressions of up to three words, and `!` in front.
import { accessSync, constants, lstatSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Command, Commands, Place } from "./command.ts";

class UsageError extends Error {
  readonly code = "USAGE";
}

type Question = (path: string) => boolean;

function status(path: string, read: (path: string) => Stats): Stats | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}

const isThere = (path: string): Stats | undefined => status(path, statSync);

function may(mode: number): Question {
  return (path) => {
    try {
      accessSync(path, mode);
      return true;
    } catch {
      return false;
    }
  };
}

const OF_FILES: Readonly<Record<string, Question>> = {
  "-e": (path) => isThere(path) !== undefined,
  "-f": (path) => isThere(path)?.isFile() === true,
  "-d": (path) => isThere(path)?.isDirectory() === true,
  "-s": (path) => (isThere(path)?.size ?? 0) > 0,
  "-L": (path) => status(path, lstatSync)?.isSymbolicLink() === true,
  "-h": (path) => status(path, lstatSync)?.isSymbolicLink() === true,
  "-r": may(constants.R_OK),
  "-w": may(constants.W_OK),
  "-x": may(constants.X_OK),
};

const OF_TWO: Readonly<Record<string, (one: string, other: string) => boolean>> = {
  "=": (one, other) => one === other,
  "==": (one, other) => one === other,
  "!=": (one, other) => one !== other,
  "-eq": (one, other) => number(one) === number(other),
  "-ne": (one, other) => number(one) !== number(other),
  "-lt": (one, other) => number(one) < number(other),
  "-le": (one, other) => number(one) <= number(other),
  "-gt": (one, other) => number(one) > number(other),
  "-ge": (one, other) => number(one) >= number(other),
};

function number(text: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new UsageError(`${JSON.stringify(text)} is not a whole number`);
  return Number(text);
}

function holds(words: readonly string[], cwd: string): boolean {
  const [first = "", second = "", third = ""] = words;
  const compare = Object.hasOwn(OF_TWO, second) ? OF_TWO[second] : undefined;
  if (words.length === 3 && compare !== undefined) return compare(first, third);
  if (first === "!" && words.length > 1) return !holds(words.slice(1), cwd);
  if (words.length <= 1) return first !== "";
  const question = Object.hasOwn(OF_FILES, first) ? OF_FILES[first] : undefined;
  if (words.length === 2 && question !== undefined) return second !== "" && question(resolve(cwd, second));
  if (words.length === 2 && (first === "-n" || first === "-z")) return (second === "") === (first === "-z");
  throw new UsageError(`${words.join(" ")} is not known; ask for one thing at a time, and join them with && and ||`);
}

function condition(words: readonly string[], { cwd, streams }: Place): number {
  try {
    return holds(words, cwd) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    streams.stderr.write(`test: ${error.message}\n`);
    return 2;
  }
}

const test: Command = (args, place) => condition(args, place);

const bracket: Command = (args, place) => {
  if (args.at(-1) !== "]") {
    place.streams.stderr.write("[: the last word has to be ]\n");
    return 2;
  }
  return condition(args.slice(0, -1), place);
};

export const conditions: Commands = { test, "[": bracket };
