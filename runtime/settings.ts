// What the launcher hands over, in variables that the program never sees.
import { getBuiltinModule, isObject } from "./engine.ts";

/** The grants in force, for explanations only: the kernel holds them, whatever is in here. */
export type PolicySummary = {
  /** The folder of the program's own code. */
  root: string;
  /** Absolute paths that may be read: own code, grants, system files, private folders. */
  read: string[];
  /** Absolute paths that may be written. */
  write: string[];
  /** Own secrets, below `read` and yet refused. */
  secrets: string[];
  /** Patterns as they are written in the manifest. */
  net: string[];
  listen: string[];
  /** Names of programs. */
  run: string[];
  /** Names of packages. */
  addons: string[];
  /** What is not granted is absent (ENOENT) rather than refused (EACCES). */
  namespaces: boolean;
};

export type Settings = {
  /** Parsed when it is first needed. */
  readonly policy: PolicySummary | undefined;
  /** The same as text, for children and workers. */
  policyText: string | undefined;
  /** Where denials are reported, a pipe. */
  report: number | undefined;
  /** A folder for transformed TypeScript and V8's code cache. */
  cache: string | undefined;
  /** Which granted folders the program believes to have removed, by their place in `policy.write`; one for all threads. */
  removed: Int32Array | undefined;
  /** Variables that are asked for are told: `cordon learn` and `--record` want to know. */
  tellVariables?: boolean;
};

const WORKER_KEY = "cordon";

/** Reads and removes the launcher's variables; a worker gets its parent's settings. */
export function takeSettings(): Settings {
  const { CORDON_POLICY, CORDON_REPORT_FD, CORDON_CACHE, CORDON_VARIABLES } = process.env;
  delete process.env.CORDON_POLICY;
  delete process.env.CORDON_REPORT_FD;
  delete process.env.CORDON_CACHE;
  delete process.env.CORDON_VARIABLES;
  if (CORDON_POLICY === undefined && CORDON_CACHE === undefined && inWorker()) return inherited();
  const report = Number(CORDON_REPORT_FD);
  const settings = settingsFrom(CORDON_POLICY, report > 2 ? report : undefined, CORDON_CACHE);
  settings.tellVariables = CORDON_VARIABLES === "1";
  return settings;
}

function settingsFrom(policyText: string | undefined, report: number | undefined, cache: string | undefined): Settings {
  let parsed: PolicySummary | undefined;
  return {
    get policy(): PolicySummary | undefined {
      return (parsed ??= parsePolicy(policyText));
    },
    policyText,
    report,
    cache: cache === "" ? undefined : cache,
    removed: undefined,
  };
}

/** Remembers that the program removed a granted folder, as far as it knows. */
export function markRemoved(settings: Settings, place: number): void {
  Atomics.store(sharedRemoved(settings), place, 1);
}

function sharedRemoved(settings: Settings): Int32Array {
  const places = settings.policy?.write.length ?? 0;
  return (settings.removed ??= new Int32Array(new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT)));
}

/** The variables for a child that loads the runtime too. The report pipe stays with this process. */
export function settingsForChild({ policyText, cache }: Settings): string[] {
  const variables: string[] = [];
  if (policyText !== undefined) variables.push(`CORDON_POLICY=${policyText}`);
  if (cache !== undefined) variables.push(`CORDON_CACHE=${cache}`);
  return variables;
}

/** Lets workers that start from now on find the settings. */
export function shareWithWorkers(settings: Settings): void {
  const { policyText, report, cache } = settings;
  const removed = sharedRemoved(settings);
  getBuiltinModule("node:worker_threads").setEnvironmentData(WORKER_KEY, { policyText, report, cache, removed });
}

/** The engine marks the functions of `process` that a worker lacks; asking worker_threads would load it in every process. */
export function inWorker(): boolean {
  return "disabled" in process.chdir;
}

function inherited(): Settings {
  const data: unknown = getBuiltinModule("node:worker_threads").getEnvironmentData(WORKER_KEY);
  const { policyText, report, cache, removed } = isObject(data) ? data : {};
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  const settings = settingsFrom(text(policyText), typeof report === "number" ? report : undefined, text(cache));
  if (removed instanceof Int32Array) settings.removed = removed;
  return settings;
}

function parsePolicy(text: string | undefined): PolicySummary | undefined {
  const value = text === undefined ? undefined : parse(text);
  if (!isObject(value) || typeof value.root !== "string") return undefined;
  return {
    root: value.root,
    read: strings(value.read),
    write: strings(value.write),
    secrets: strings(value.secrets),
    net: strings(value.net),
    listen: strings(value.listen),
    run: strings(value.run),
    addons: strings(value.addons),
    namespaces: value.namespaces === true,
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
