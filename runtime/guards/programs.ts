// Guards for node:child_process: errors get their explanation, and children that run the engine get the runtime.
import { apply, defineProperty, deleteProperty, isCallable, isObject, type Bag, type Callable } from "../engine.ts";
import { isProbe } from "../explanation/program-refusal.ts";
import type { Explainer } from "../explainer.ts";
import { replace } from "../look-alike.ts";
import { isEngine, useOwnShell } from "./shell-lines.ts";
import { programAttempt, watchReport, withRuntime } from "./start.ts";
import { guardSyncPrograms } from "./sync-programs.ts";
import { settingsForChild, type Settings } from "../settings.ts";
import type { Start } from "./index.ts";
import type { Attempt } from "../explanation/attempt.ts";

export function guardPrograms(childProcess: Bag, explainer: Explainer, start: Start): void {
  const { settings } = explainer;
  const openReport = watchReport(settings.report, explainer.files);
  const child: unknown = isCallable(childProcess.ChildProcess) ? childProcess.ChildProcess.prototype : undefined;
  if (isObject(child)) {
    replace(child, "spawn", { apply(original, self, args) {
      const options = args[0];
      const shown = isObject(options) ? options.args : undefined;
      if (isObject(options)) {
        useOwnShell(options, explainer, start.bundle);
        handOn(options, start);
      }
      if (isObject(self) && isObject(options)) prepare(self, options, settings, openReport());
      const code = apply(original, self, args);
      if (isObject(self) && self.spawnargs !== undefined) self.spawnargs = shown;
      if (isObject(self) && self.pid === 0) self.pid = undefined;
      if (code !== 0 && isObject(self) && isObject(options)) watchError(self, explainer, programAttempt("spawn", options.file, explainer.callerNow()));
      return code;
    } });
  }
  guardSyncPrograms(childProcess, explainer, start, openReport);
}

/** `fork`, `cluster` and `spawn(process.execPath)` start the engine: their children explain themselves, and know TypeScript. */
function handOn(options: Bag, start: Start): void {
  if (!isEngine(options.file) || !Array.isArray(options.args)) return;
  const [name, ...rest]: unknown[] = options.args;
  options.args = [name, ...withRuntime(rest, start)];
}

const NO_SUCH_FILE = -2;

type Stdio = { type: string; fd?: number };

/** Changes what the engine does last to start this one child. */
function prepare(child: Bag, options: Bag, settings: Settings, report: number | undefined): void {
  const handle = child._handle;
  const original = isObject(handle) ? handle.spawn : undefined;
  if (!isObject(handle) || !isCallable(original)) return;
  const once = (spawn: Callable): void => {
    const value = (...args: unknown[]): unknown => (deleteProperty(handle, "spawn"), apply(spawn, handle, args));
    defineProperty(handle, "spawn", { value, writable: true, enumerable: false, configurable: true });
  };
  if (isEngine(options.file)) {
    once((file, words, cwd, variables, stdio, ...rest) => {
      if (!Array.isArray(variables) || !Array.isArray(stdio)) return apply(original, handle, [file, words, cwd, variables, stdio, ...rest]);
      const own = settingsForChild(settings, report === undefined ? undefined : Math.max(report, stdio.length));
      return apply(original, handle, [file, words, cwd, [...variables, ...own], withReport(stdio, report), ...rest]);
    });
  } else if (isProbe(options.file) && settings.policy?.run.includes(String(options.file)) === false) {
    // Refused or not there: it is the same to whoever asked. Without a process the engine makes no streams.
    once(() => ((handle.pid = 0), NO_SUCH_FILE));
  }
}

/** The pipe for reports under its own number where that is free: children explain themselves too. */
function withReport(stdio: readonly Stdio[], report: number | undefined): readonly Stdio[] {
  if (report === undefined) return stdio;
  const between = Array.from({ length: Math.max(0, report - stdio.length) }, (): Stdio => ({ type: "ignore" }));
  return [...stdio, ...between, { type: "fd", fd: report }];
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
