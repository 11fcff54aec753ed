// The commands on files that scripts use most, so that they need no `run` grant: the usual flags, and no others.
import { cpSync, createReadStream, lstatSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import type { Command, Commands, Place } from "./command.ts";

class UsageError extends Error {
  readonly code = "USAGE";
}

/** Flags as letters, `-rf` or their long names, and what is not a flag. */
function parse(args: readonly string[], known: Record<string, string>): { flags: Set<string>; operands: string[] } {
  const flags = new Set<string>();
  const operands: string[] = [];
  let ended = false;
  for (const arg of args) {
    if (ended || !arg.startsWith("-") || arg === "-") operands.push(arg);
    else if (arg === "--") ended = true;
    else for (const flag of arg.startsWith("--") ? [arg.slice(2)] : arg.slice(1)) flags.add(meaning(flag, known));
  }
  if (operands.length === 0) throw new UsageError("missing operand");
  return { flags, operands };
}

function meaning(flag: string, known: Record<string, string>): string {
  const found = Object.hasOwn(known, flag) ? known[flag] : undefined;
  if (found === undefined) throw new UsageError(`unknown flag ${JSON.stringify(flag)}; grant run of the system's program to use it`);
  return found;
}

const rm: Command = (args, { cwd }) => {
  const { flags, operands } = parse(args, { r: "recursive", R: "recursive", recursive: "recursive", f: "force", force: "force" });
  for (const operand of operands) rmSync(resolve(cwd, operand), { recursive: flags.has("recursive"), force: flags.has("force") });
  return 0;
};

const mkdir: Command = (args, { cwd }) => {
  const { flags, operands } = parse(args, { p: "parents", parents: "parents" });
  for (const operand of operands) mkdirSync(resolve(cwd, operand), { recursive: flags.has("parents") });
  return 0;
};

const cp: Command = (args, { cwd }) => {
  const { flags, operands } = parse(args, { r: "recursive", R: "recursive", recursive: "recursive", a: "recursive", f: "force", force: "force", p: "times" });
  for (const [from, to] of pairs(operands, cwd)) cpSync(from, to, { recursive: flags.has("recursive") });
  return 0;
};

const mv: Command = (args, { cwd }) => {
  const { operands } = parse(args, { f: "force", force: "force" });
  for (const [from, to] of pairs(operands, cwd)) move(from, to);
  return 0;
};

/** A rename, or a copy where the two lie on different file systems. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EXDEV") throw error;
    cpSync(from, to, { recursive: lstatSync(from).isDirectory() });
    rmSync(from, { recursive: true });
  }
}

/** Each source with where it goes: into the last operand where that is a folder. */
function pairs(operands: readonly string[], cwd: string): [string, string][] {
  const last = operands.at(-1);
  if (operands.length < 2 || last === undefined) throw new UsageError("missing destination");
  const target = resolve(cwd, last);
  const inside = statSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (operands.length > 2 && !inside) throw new UsageError(`${JSON.stringify(last)} is not a folder`);
  return operands.slice(0, -1).map((operand) => [resolve(cwd, operand), inside ? join(target, basename(operand)) : target]);
}

const touch: Command = (args, { cwd }) => {
  for (const operand of parse(args, {}).operands) {
    const path = resolve(cwd, operand);
    const now = new Date();
    if (statSync(path, { throwIfNoEntry: false }) === undefined) writeFileSync(path, "");
    else utimesSync(path, now, now);
  }
  return 0;
};

const cat: Command = async (args, { cwd, streams }: Place) => {
  for (const operand of args.length === 0 ? ["-"] : parse(args, {}).operands) {
    const source = operand === "-" ? streams.stdin : createReadStream(resolve(cwd, operand));
    if (source === null) continue;
    source.pipe(streams.stdout, { end: false });
    await finished(source, { writable: false });
  }
  return 0;
};

export const fileCommands: Commands = { rm, mkdir, cp, mv, touch, cat };
