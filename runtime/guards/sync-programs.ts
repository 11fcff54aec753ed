// Guards for `spawnSync`, `execFileSync` and `execSync`: errors get their explanation, and children that run the engine get
// the runtime, its settings and the pipe for reports. Nobody can look into these calls once they have begun, so all of it
// is in what they are given, and is taken out of their results.
import { apply, isCallable, isObject, type Bag, type Callable } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import { replace, type Guard } from "../look-alike.ts";
import { settingsForChild, type Settings } from "../settings.ts";
import type { Start } from "./index.ts";
import { isEngine, syncInOwnShell } from "./shell-lines.ts";
import { programAttempt, withRuntime, type OpenReport } from "./start.ts";

const CALLS = ["spawnSync", "execFileSync", "execSync"];
/** What all three streams can be at once. */
const STREAMS: readonly unknown[] = ["pipe", "inherit", "ignore", "overlapped"];

/** A program to start, its arguments and options, and the words that the program gave for it. */
type Asked = { file: unknown; list: readonly unknown[]; options: Bag; shown: readonly unknown[] };

export function guardSyncPrograms(childProcess: Bag, explainer: Explainer, start: Start, openReport: OpenReport): void {
  const { spawnSync } = childProcess;
  if (!isCallable(spawnSync)) return;
  const runEngine = (call: string, self: unknown, asked: Asked): unknown => {
    const result = spawnEngine(spawnSync, self, asked, { start, settings: explainer.settings, report: openReport() });
    return call === "spawnSync" ? result : outputOf(result, asked);
  };
  for (const call of CALLS) replace(childProcess, call, guard(explainer, call, start, runEngine));
}

function guard(explainer: Explainer, call: string, start: Start, runEngine: (call: string, self: unknown, asked: Asked) => unknown): Guard {
  return { apply(original, self, args) {
    const own = syncInOwnShell(call, args, explainer, start.bundle);
    const asked = engineAsked(call, args, own);
    try {
      const result = asked === undefined ? apply(original, self, args) : runEngine(call, self, asked);
      if (call === "spawnSync" && isObject(result) && isObject(result.error)) {
        explainer.cleanStack(result.error);
        explainer.explain(result.error, programAttempt(call, args[0]));
      }
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

/** What is asked for where it is the engine, in a form that can be added to; everything else is the engine's to check. */
function engineAsked(call: string, given: readonly unknown[], own: readonly unknown[] | undefined): Asked | undefined {
  const args = own ?? given;
  if ((call === "execSync" && own === undefined) || !isEngine(args[0])) return undefined;
  const list = Array.isArray(args[1]) ? args[1] : [];
  const options: unknown = (Array.isArray(args[1]) || args[1] === undefined || args[1] === null ? args[2] : args[1]) ?? {};
  if (!isObject(options) || Array.isArray(options) || options.shell) return undefined;
  const { stdio, env } = options;
  const understood = stdio === undefined || stdio === null || STREAMS.includes(stdio) || Array.isArray(stdio);
  if (!understood || !(env === undefined || env === null || isObject(env))) return undefined;
  const words: unknown[] = call !== "execSync" && Array.isArray(given[1]) ? given[1] : [];
  return { file: args[0], list, options, shown: [given[0], ...words] };
}

type More = { start: Start; settings: Settings; report: number | undefined };

function spawnEngine(spawnSync: Callable, self: unknown, { file, list, options, shown }: Asked, { start, settings, report }: More): Bag {
  const stdio = streams(options.stdio);
  const place = report === undefined ? undefined : Math.max(report, stdio.length);
  const result = apply(spawnSync, self, [file, withRuntime(list, start), {
    ...options,
    env: { ...variables(options.env), ...Object.fromEntries(settingsForChild(settings, place).map(parted)) },
    stdio: place === undefined ? stdio : [...stdio, ...Array.from({ length: place - stdio.length }, () => "ignore"), report],
  }]) as Bag;
  if (Array.isArray(result.output)) result.output.length = Math.min(result.output.length, stdio.length);
  if (isObject(result.error) && result.error.spawnargs !== undefined) result.error.spawnargs = shown.slice(1);
  return result;
}

/** A list that means what `stdio` does (child_process, `options.stdio`). */
function streams(stdio: unknown): unknown[] {
  const list: unknown[] = Array.isArray(stdio) ? [...(stdio as unknown[])] : Array.from({ length: 3 }, () => stdio ?? "pipe");
  while (list.length < 3) list.push("pipe");
  return list;
}

/** With those that are inherited, as the engine reads them. */
function variables(env: unknown): Bag {
  const source = isObject(env) ? env : (process.env as Bag);
  const all: Bag = Object.create(null) as Bag;
  // oxlint-disable-next-line guard-for-in -- the engine takes inherited ones too
  for (const name in source) all[name] = source[name];
  return all;
}

function parted(variable: string): [string, string] {
  const at = variable.indexOf("=");
  return [variable.slice(0, at), variable.slice(at + 1)];
}

/** What `execFileSync` makes of the result (lib/child_process.js, checkExecSyncError). */
function outputOf(result: Bag, { options, shown: [file, ...rest] }: Asked): unknown {
  if (!options.stdio && result.stderr) process.stderr.write(result.stderr as Uint8Array | string);
  if (isObject(result.error)) throw Object.assign(result.error, result);
  if (result.status === 0) return result.stdout;
  const { stderr } = result;
  const said = (Buffer.isBuffer(stderr) || typeof stderr === "string") && stderr.length > 0 ? `\n${String(stderr)}` : "";
  throw Object.assign(new Error(`Command failed: ${[options.argv0 ?? file, ...rest].join(" ")}${said}`), result);
}
