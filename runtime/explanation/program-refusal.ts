// Refused programs, native addons and databases.
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { PolicySummary } from "../settings.ts";
import type { Attempt, Refusal } from "./attempt.ts";
import { absolute } from "../paths.ts";
import { fileRefusal } from "./file-refusal.ts";
import { packageOf } from "./origin.ts";
import type { Failure } from "./refusal.ts";

const REFUSED: ReadonlySet<unknown> = new Set(["EACCES", "EPERM"]);

/** Where programs of the machine are: with namespaces, those that are not granted are absent there. */
const SYSTEM = /^\/(?:usr\/(?:local\/)?)?s?bin\//;

/** Programs that tools look for and do without; most machines have none of them. */
const PROBED: ReadonlySet<unknown> = new Set(["watchman"]);

export function isProbe(program: unknown): boolean {
  return PROBED.has(program);
}

/** Programs that are not granted are not in the jail's PATH, so a name is not found (ENOENT) where a path is refused. */
export function programRefusal(error: Failure, attempt: Attempt, policy: PolicySummary | undefined): Refusal | undefined {
  const program = attempt.args[0];
  if (typeof program !== "string" || program === "" || isProbe(program)) return undefined;
  const missing = error.code === "ENOENT" && policy !== undefined && (!program.includes("/") || SYSTEM.test(program));
  if (!REFUSED.has(error.code) && !missing) return undefined;
  if (policy?.run.some((granted) => granted === program || granted === basename(program)) === true) return undefined;
  // Without any grant no process can be made at all, and that is what the broker sees.
  return policy?.run.length === 0 ? { permission: "run", resource: program, told: "a new process" } : { permission: "run", resource: program };
}

export function addonRefusal(error: Failure, attempt: Attempt, policy: PolicySummary | undefined): Refusal | undefined {
  const file = absolute(attempt.args[1]);
  if (file === undefined || (error.code !== "ERR_DLOPEN_DISABLED" && !/denied|not permitted|failed to map segment/i.test(String(error.message)))) return undefined;
  const name = packageOf(file) ?? file;
  const owner = bringsAlong(attempt.args[0], name) ?? name;
  // Granted native code that fails may have loaded other native code: the broker tells of that.
  if (policy?.addons.some((granted) => granted === name || granted === owner) === true) return undefined;
  return { permission: "addons", resource: owner, told: file };
}

/** The package that loads the addon, where it lists that one's as an optional dependency, as those do that bring a build for each platform. */
function bringsAlong(module: unknown, name: string): string | undefined {
  const loader = (module as { parent?: { filename?: unknown } } | undefined)?.parent?.filename;
  const owner = typeof loader === "string" ? packageOf(loader) : null;
  if (typeof loader !== "string" || owner === null) return undefined;
  const folder = loader.slice(0, loader.lastIndexOf("/node_modules/") + "/node_modules/".length);
  const { optionalDependencies } = JSON.parse(readFileSync(`${folder}${owner}/package.json`, "utf8")) as { optionalDependencies?: object };
  return optionalDependencies !== undefined && Object.hasOwn(optionalDependencies, name) ? owner : undefined;
}

/** SQLite says "unable to open database file" and no more: what it lacks is most often its folder, for the journal. */
export function databaseRefusal(error: Failure, attempt: Attempt, policy: PolicySummary | undefined): Refusal | undefined {
  const file = absolute(attempt.args[0]);
  const cannotOpen = 14;
  const readOnly = 8;
  if (file === undefined || (error.errcode !== cannotOpen && error.errcode !== readOnly)) return undefined;
  const folder = dirname(file);
  const write = fileRefusal({ code: "EACCES", path: folder }, { kind: "file", call: "mkdir", args: [folder] }, policy);
  const read = fileRefusal({ code: "EACCES" }, { kind: "file", call: "open", args: [file] }, policy);
  return isReadOnly(attempt.args[1]) ? read : write;
}

function isReadOnly(options: unknown): boolean {
  return typeof options === "object" && options !== null && (options as { readOnly?: unknown }).readOnly === true;
}
