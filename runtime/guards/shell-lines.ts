// Lines for /bin/sh where the engine may be started and no shell may: cordon's own portable shell runs them.
import { dirname, join } from "node:path";
import { isObject, type Bag } from "../engine.ts";
import type { Explainer } from "../explainer.ts";

const SHELL = "/bin/sh";

/** The words that the engine is started with for a line, or `undefined` where /bin/sh is to be tried. */
function words(line: unknown, { settings }: Explainer, bundle: string): string[] | undefined {
  const run = settings.policy?.run ?? [];
  if (typeof line !== "string" || !run.includes("node") || run.includes("sh")) return undefined;
  return [join(dirname(bundle), "shell.cjs"), "-c", line];
}

/** Rewrites what `ChildProcess.prototype.spawn` is given. */
export function useOwnShell(options: Bag, explainer: Explainer, bundle: string): void {
  if (options.file !== SHELL || !Array.isArray(options.args) || options.args[1] !== "-c") return;
  const own = words(options.args[2], explainer, bundle);
  if (own === undefined) return;
  options.file = process.execPath;
  options.args = [process.execPath, ...own, ...options.args.slice(3)];
}

/** What a synchronous call is given instead, with a file and its arguments: `execSync(line)`, `spawnSync(line, { shell: true })`. */
export function syncInOwnShell(call: string, args: readonly unknown[], explainer: Explainer, bundle: string): unknown[] | undefined {
  const [file, second, third] = args;
  const list = call !== "execSync" && Array.isArray(second) ? second : [];
  const options = call === "execSync" || !Array.isArray(second) ? second : third;
  const shell = isObject(options) ? options.shell : undefined;
  const plain = shell === true || shell === SHELL || (call === "execSync" && (shell === undefined || shell === null));
  if (plain) return rewritten(words([file, ...list].join(" "), explainer, bundle), options);
  return file === SHELL && list[0] === "-c" ? rewritten(words(list[1], explainer, bundle), options) : undefined;
}

function rewritten(own: string[] | undefined, options: unknown): unknown[] | undefined {
  return own === undefined ? undefined : [process.execPath, own, { ...(isObject(options) ? options : {}), shell: false }];
}
