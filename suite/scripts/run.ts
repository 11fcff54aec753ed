// Runs a script of package.json: pre, itself with its arguments, post; the first that fails is the last.
import type { Place } from "./command.ts";
import { ScriptError, type Package } from "./package-json.ts";

export async function runScript(own: Package, name: string, args: readonly string[], { env, streams, execute }: Place): Promise<number> {
  if (!own.scripts.has(name)) throw new ScriptError("NO_SCRIPT", missing(own, name));
  for (const [step, given] of [[`pre${name}`, []], [name, args], [`post${name}`, []]] as const) {
    const text = own.scripts.get(step);
    if (text === undefined || text.trim() === "") continue;
    const code = await execute(text, given, { cwd: own.folder, env: { ...env, ...variables(own, step, text) }, streams });
    if (code !== 0) return code;
  }
  return 0;
}

/** What npm sets, as far as programs look at it. */
function variables(own: Package, name: string, text: string): NodeJS.ProcessEnv {
  return {
    npm_lifecycle_event: name,
    npm_lifecycle_script: text,
    npm_package_json: `${own.folder}/package.json`,
    npm_package_name: own.name,
    npm_package_version: own.version,
  };
}

function missing(own: Package, name: string): string {
  const known = [...own.scripts.keys()];
  const list = known.length === 0 ? "it has none" : `it has ${known.slice(0, 20).join(", ")}`;
  return `Cannot run script ${JSON.stringify(name)} of ${own.folder}/package.json: ${list}`;
}
