// What the runtime knows of the run.
import { getBuiltinModule, isObject } from "./engine.ts";
import { fromParent, inWorker, WORKER_KEY, type HandedOver } from "./handed-over.ts";

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
  /** How HTTP servers are guarded: not at all, or by these settings beside the defaults. */
  http: false | Readonly<Record<string, unknown>>;
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
  /** The engine uses its code cache there already. */
  readonly isCodeCached: boolean;
  /** What is to be told of uses, while they are recorded: `"1"` stands for variables, a policy for all that is beyond it too. */
  readonly learning: string | undefined;
  /** Which granted folders the program believes to have removed, by their place in `policy.write`; one for all threads. */
  removed: Int32Array | undefined;
};

/** What the launcher handed over, or for a worker its parent. */
export function settingsFrom(handed: HandedOver): Settings {
  const isNothing = handed.policyText === undefined && handed.cache === undefined;
  return isNothing && inWorker() ? inherited() : settingsOf(handed);
}

function settingsOf({ policyText, report, cache, learning, isCodeCached = false }: HandedOver): Settings {
  let parsed: PolicySummary | undefined;
  return {
    get policy(): PolicySummary | undefined {
      return (parsed ??= parsePolicy(policyText));
    },
    policyText,
    report,
    cache: cache === "" ? undefined : cache,
    learning,
    isCodeCached,
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

/** The variables for a child that loads the runtime too, and has the report pipe as this descriptor. */
export function settingsForChild({ policyText, cache, learning }: Settings, report: number | undefined): string[] {
  const variables: string[] = [];
  if (policyText !== undefined) variables.push(`CORDON_POLICY=${policyText}`);
  if (cache !== undefined) variables.push(`CORDON_CACHE=${cache}`);
  if (learning !== undefined) variables.push(`CORDON_USES=${learning}`);
  if (report !== undefined) variables.push(`CORDON_REPORT_FD=${report}`);
  return variables;
}

/** Lets workers that start from now on find the settings. */
export function shareWithWorkers(settings: Settings): void {
  const { policyText, report, cache, learning } = settings;
  const removed = sharedRemoved(settings);
  getBuiltinModule("node:worker_threads").setEnvironmentData(WORKER_KEY, { policyText, report, cache, learning, removed });
}

function inherited(): Settings {
  const { policyText, report, cache, learning, removed } = fromParent();
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  const settings = settingsOf({ policyText: text(policyText), report: typeof report === "number" ? report : undefined, cache: text(cache), learning: text(learning) });
  if (removed instanceof Int32Array) settings.removed = removed;
  return settings;
}

export function parsePolicy(text: string | undefined): PolicySummary | undefined {
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
    http: value.http !== false && (isObject(value.http) ? value.http : {}),
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
