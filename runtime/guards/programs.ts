// Guards for node:child_process: errors get their explanation, and children that run the engine get the runtime.
import { apply, defineProperty, deleteProperty, isCallable, isObject, type Bag } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import { replace, type Guard } from "../look-alike.ts";
import { syncInOwnShell, useOwnShell } from "./shell-lines.ts";
import { settingsForChild } from "../settings.ts";
import type { Start } from "./index.ts";
import type { Attempt } from "../explanation/attempt.ts";

const SYNC_CALLS = ["spawnSync", "execFileSync", "execSync"];

export function guardPrograms(childProcess: Bag, explainer: Explainer, start: Start): void {
  const child: unknown = isCallable(childProcess.ChildProcess) ? childProcess.ChildProcess.prototype : undefined;
  if (isObject(child)) {
    replace(child, "spawn", { apply(original, self, args) {
      const options = args[0];
      const shown = isObject(options) ? options.args : undefined;
      if (isObject(options)) {
        useOwnShell(options, explainer, start.bundle);
        handOn(options, explainer, start);
      }
      const code = apply(original, self, args);
      if (isObject(self) && self.spawnargs !== undefined) self.spawnargs = shown;
      if (code !== 0 && isObject(self) && isObject(options)) watchError(self, explainer, programAttempt("spawn", options.file, explainer.callerNow()));
      return code;
    } });
  }
  const { execFileSync } = childProcess;
  for (const call of SYNC_CALLS) replace(childProcess, call, syncGuard(explainer, call, start, execFileSync));
}

function syncGuard(explainer: Explainer, call: string, start: Start, execFileSync: unknown): Guard {
  return { apply(original, self, args) {
    const inOwnShell = syncInOwnShell(call, args, explainer, start.bundle);
    // execSync runs nothing but lines for a shell; its results and errors are those of execFileSync.
    if (inOwnShell !== undefined && call === "execSync" && isCallable(execFileSync)) original = execFileSync;
    if (inOwnShell !== undefined) args = inOwnShell;
    if ((call !== "execSync" || inOwnShell !== undefined) && isEngine(args[0]) && Array.isArray(args[1])) args[1] = withRuntime(args[1], start);
    try {
      const result = apply(original, self, args);
      if (call === "spawnSync" && isObject(result) && result.error) explainer.explain(result.error, programAttempt(call, args[0]));
      return result;
    } catch (error) {
      if (isObject(error)) {
        explainer.cleanStack(error);
        explainer.explain(error, programAttempt(call, call === "execSync" ? "/bin/sh" : args[0]));
      }
      throw error;
    }
  } };
}

function programAttempt(call: string, program: unknown, caller?: object): Attempt {
  return { kind: "program", call, args: [program], caller };
}

/** `fork`, `cluster` and `spawn(process.execPath)` start the engine: their children explain themselves, and know TypeScript. */
function handOn(options: Bag, explainer: Explainer, start: Start): void {
  if (!isEngine(options.file) || !Array.isArray(options.args)) return;
  const [name, ...rest]: unknown[] = options.args;
  options.args = [name, ...withRuntime(rest, start)];
  if (Array.isArray(options.envPairs)) options.envPairs = [...options.envPairs, ...settingsForChild(explainer.settings)];
}

function withRuntime(args: readonly unknown[], start: Start): unknown[] {
  return args.includes(start.bundle) ? [...args] : [...start.own, ...args];
}

function isEngine(file: unknown): boolean {
  return file === process.execPath || file === "node";
}

/** The error of a program that could not be started is emitted later, on the child itself. */
function watchError(child: Bag, explainer: Explainer, attempt: Attempt): void {
  const emit = child.emit;
  if (!isCallable(emit) || Object.hasOwn(child, "emit")) return;
  const watching = function (this: unknown, ...args: unknown[]): unknown {
    if (args[0] === "error") {
      deleteProperty(child, "emit");
      explainer.explain(args[1], attempt);
    }
    return apply(emit, this, args);
  };
  defineProperty(child, "emit", { value: watching, writable: true, enumerable: false, configurable: true });
}
