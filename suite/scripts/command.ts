// What the shell, its built-in commands and the scripts know of each other.
import type { Readable, Writable } from "node:stream";

export type Streams = { stdin: Readable | null; stdout: Writable; stderr: Writable };

/** Runs a line with `args` behind its last command, and gives its exit code. */
export type Execute = (text: string, args: readonly string[], place: Omit<Place, "execute">) => Promise<number>;

/** Where a command stands. */
export type Place = { cwd: string; env: NodeJS.ProcessEnv; streams: Streams; execute: Execute };

/** A built-in command: gives its exit code. */
export type Command = (args: string[], place: Place) => number | Promise<number>;
export type Commands = Readonly<Record<string, Command>>;
