// Lines for /bin/sh, and npm, where the engine may be started and they may not: cordon's own portable shell runs them.
import { dirname, join } from "node:path";
import { isObject, type Bag } from "../engine.ts";
import type { Explainer } from "../explainer.ts";

const SHELL = "/bin/sh";

/** Programs that run scripts: the shell has its own, which need nothing of the machine's. */
const RUNNERS: ReadonlySet<unknown> = new Set(["npm", "npx", "pnpm", "yarn"]);

/** The words that the engine is started with instead of `file`, or `undefined` where that itself is to be tried. */
function words(file: unknown, args: readonly unknown[], { settings }: Explainer, bundle: string): unknown[] | undefined {
  const run = settings.policy?.run ?? [];
  if (!run.includes("node")) return undefined;
  const shell = join(dirname(bundle), "shell.cjs");
  if (file === SHELL && args[0] === "-c" && !run.includes("sh")) return [shell, ...args];
  if (isEngine(file) && isNodeRun(args) && !run.includes("sh")) return [shell, "node", ...args];
  return RUNNERS.has(file) && !run.includes(String(file)) ? [shell, file, ...args] : undefined;
}

export function isEngine(file: unknown): boolean {
  return file === process.execPath || file === "node";
}

/** `node --run <script>`, for which the engine starts /bin/sh, and gives exit code 0 where that is refused. */
function isNodeRun(args: readonly unknown[]): boolean {
  const at = args.findIndex((word) => typeof word === "string" && /^--run(?:=|$)/.test(word));
  return at >= 0 && args.slice(0, at).every((word) => typeof word === "string" && word.startsWith("-"));
}

/** Rewrites what `ChildProcess.prototype.spawn` is given. */
export function useOwnShell(options: Bag, explainer: Explainer, bundle: string): void {
  if (!Array.isArray(options.args)) return;
  const own = words(options.file, options.args.slice(1), explainer, bundle);
  if (own === undefined) return;
  options.file = process.execPath;
  options.args = [process.execPath, ...own];
}

/** What a synchronous call is given instead, with a file and its arguments: `execSync(line)`, `spawnSync(line, { shell: true })`. */
export function syncInOwnShell(call: string, args: readonly unknown[], explainer: Explainer, bundle: string): unknown[] | undefined {
  const [file, second, third] = args;
  const list: unknown[] = call !== "execSync" && Array.isArray(second) ? second : [];
  const options = call === "execSync" || !Array.isArray(second) ? second : third;
  const shell = isObject(options) ? options.shell : undefined;
  const isLine = shell === true || shell === SHELL || (call === "execSync" && (shell === undefined || shell === null));
  const own = isLine ? words(SHELL, ["-c", [file, ...list].join(" ")], explainer, bundle) : words(file, list, explainer, bundle);
  return own === undefined ? undefined : [process.execPath, own, { ...(isObject(options) ? options : {}), shell: false }];
}
