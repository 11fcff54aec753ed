// How the shell starts a program: programs of node_modules/.bin on the engine, the others by their names. It stands in
// for cross-spawn in the shell library, which needs it on Windows only.
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { constants } from "node:os";
import { findBin } from "./bin.ts";
import { isNodeRun } from "./node-run.ts";

/** As `child_process.spawn`, but an end by a signal is the exit code that shells give it: 128 and the signal. */
function start(name: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const [program, before] = command(name, args, options);
  const child = spawn(program, [...before, ...args], options);
  const emit = child.emit.bind(child);
  child.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    const [code, signal] = values;
    if ((event !== "close" && event !== "exit") || code !== null) return emit(event as string, ...values);
    if (event === "close" && signal === "SIGINT") dieOfInterrupt();
    return emit(event as string, 128 + signalNumber(signal), signal);
  };
  // What is piped into a program that has ended already is lost, as in any shell.
  child.stdin?.on("error", () => undefined);
  return child;
}

function command(name: string, args: readonly string[], options: SpawnOptions): [string, string[]] {
  // The engine would start /bin/sh for `node --run`: the shell does that by itself.
  if (name === "node") return [process.execPath, isNodeRun(args) ? [String(process.argv[1]), "node"] : []];
  const file = findBin(String(options.cwd ?? process.cwd()), name);
  return file === undefined ? [name, []] : [process.execPath, [file]];
}

function signalNumber(signal: unknown): number {
  return Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 1;
}

/** A shell whose command ended by Ctrl-C ends by it too: the next command must not start. */
function dieOfInterrupt(): void {
  process.removeAllListeners("SIGINT");
  process.kill(process.pid, "SIGINT");
}

// oxlint-disable-next-line import/no-default-export -- cross-spawn has one
export default start;
