// The door to explanation/, which is loaded when the first refusal is met.
import { bareFiles, captureStackTrace, isObject, type Files } from "./engine.ts";
import type { Attempt, Explain, Tools } from "./explanation/attempt.ts";
import type { Load } from "./loader.ts";
import type { Remade } from "./remade/index.ts";
import type { Settings } from "./settings.ts";
import { createStackRoom, stackCleaner, type StackRoom } from "./stack.ts";
import { territory } from "./territory.ts";

export type Explainer = {
  settings: Settings;
  /** Functions of node:fs without guards. */
  files: Files;
  /** The exports of another bundle in dist/. */
  load: Load;
  /** Whether an error of node:fs can stand for a refused request: most only say that there is no such file. */
  isRefusal(error: { code?: unknown }): boolean;
  /** Whether a failed call of node:fs may be about a granted folder that is removed or made again. */
  isRemaking(call: string, error: { code?: unknown }): boolean;
  /** Answers such calls. */
  remade(): Remade;
  /** Adds `permission` and `resource` to the error of a refused request, and reports it. Leaves every other error alone. */
  explain(error: unknown, attempt: Attempt): void;
  /** Reports a package that could not be loaded because it is a link to where nothing may be read. */
  explainModule(request: unknown, from: unknown): void;
  /** Remembers who calls, for a request on a path whose refusal would come later, without a stack. */
  caller(call: string, subject: unknown): object | undefined;
  /** The same for requests that cost so much that remembering is nothing beside it. */
  callerNow(): object;
  /** Tells who uses what, while that is recorded. */
  learn(): void;
  /** Who called `fetch` last: its connections are made in a later turn, with nobody on the stack. */
  fetching: object | undefined;
  room: StackRoom;
  /** Hides the guards' frames from an error's stack. */
  cleanStack(error: object): void;
};

const FRAMES = 30;
const REMOVING: ReadonlySet<string> = new Set(["rm", "rmdir", "unlink"]);
/** Calls that change what their first argument names. */
const WRITING = /^(?!access|l?stat|statfs|open|read|realpath|watch)/;

export function createExplainer(settings: Settings, folder: string, load: Load): Explainer {
  let hides: boolean | undefined;
  let explainNow: Explain | undefined;
  const files = bareFiles();
  const loadExplanation = (): Explain => {
    // The bundle is ours: its one export is the function that the type names.
    return (load("explanation") as { createExplain: (settings: Settings, tools: Tools) => Explain }).createExplain(settings, { ...files, folder } satisfies Tools);
  };
  let remade: Remade | undefined;
  let isInteresting: ((call: string, subject: unknown) => boolean) | undefined;
  return {
    settings,
    files,
    load,
    isRefusal({ code }) {
      if (code === "ENOENT") return (hides ??= settings.policy?.namespaces === true);
      return code === "EACCES" || code === "EPERM" || code === "EROFS";
    },
    isRemaking(call, { code }) {
      if (call === "mkdir") return code === "EEXIST" && settings.removed?.includes(1) === true;
      // The engine's rmSync has no name for EROFS.
      return REMOVING.has(call) && (code === "EACCES" || code === "EROFS" || code === "EBUSY" || code === "");
    },
    remade() {
      // The bundle is ours: its one export is the function that the type names.
      return (remade ??= (load("remade") as { createRemade: (settings: Settings, files: Files) => Remade }).createRemade(settings, files));
    },
    explain(error, attempt) {
      if (!isObject(error) || (attempt.kind === "file" && !this.isRefusal(error))) return;
      try {
        explainNow ??= loadExplanation();
        explainNow(error, attempt);
      } catch {
        // Whatever went wrong in here is not the program's business: it gets the error that it would get without us.
      }
    },
    explainModule(request, from) {
      if (typeof request === "string" && typeof from === "string" && isPackage(request)) this.explain({ code: "MODULE_NOT_FOUND" }, { kind: "module", call: "require", args: [request, from] });
    },
    caller(call, subject) {
      isInteresting ??= interest(settings);
      return isInteresting(call, subject) ? remember() : undefined;
    },
    callerNow: remember,
    fetching: undefined,
    learn() {
      // The bundle is ours: its one export is the function that the type names.
      const { watch } = load("learning") as { watch: (settings: Settings, tools: Tools, fetching: () => object | undefined) => void };
      watch(settings, { ...files, folder }, () => this.fetching);
    },
    room: createStackRoom(),
    cleanStack: stackCleaner(),
  };
}

function isPackage(request: string): boolean {
  return !request.startsWith(".") && !request.startsWith("/") && !request.includes(":");
}

/** Whether a path looks as if it could be refused: most do not, and remembering the caller costs a microsecond. */
function interest(settings: Settings): (call: string, subject: unknown) => boolean {
  const { policy } = settings;
  if (policy === undefined) return () => true;
  const readable = territory(policy.read);
  const writable = territory(policy.write);
  const secretNames = new Set(policy.secrets.map(baseName));
  return (call, subject) => {
    if (typeof subject !== "string") return true;
    if (WRITING.test(call)) return !subject.startsWith("/") || !writable(subject);
    return !readable(subject) || (secretNames.size > 0 && secretNames.has(baseName(subject)));
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function remember(): object {
  const holder = {};
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = FRAMES;
    captureStackTrace(holder);
    Error.stackTraceLimit = limit;
  } catch {
    // With --frozen-intrinsics the limit cannot be changed: then the stack has the engine's ten frames.
    captureStackTrace(holder);
  }
  return holder;
}
