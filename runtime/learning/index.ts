// Who uses what, told while `cordon learn` and `--record` watch: bundled by itself (dist/learning.cjs), loaded for that
// only. What is used the broker records, children and native code included; which variables are asked for, and by whose
// code everything is, only the program itself can tell. Advisory.
import type { Tools } from "../explanation/attempt.ts";
import { findOrigin } from "../explanation/origin.ts";
import { createReporter } from "../explanation/report.ts";
import { parsePolicy, type Settings } from "../settings.ts";
import { watchUses } from "./uses.ts";
import { watchVariables } from "./variables.ts";

/** Tells that something is used, by the code on the stack; `before` holds another stack, where that has nobody's frames. */
export type Tell = (permission: string, resource: string, before?: { stack?: unknown }) => void;

/** Far enough to see through a framework's layers. */
const FRAMES = 60;

export function watch(settings: Settings, tools: Tools, fetching: () => { stack?: unknown } | undefined): void {
  const report = createReporter(settings.report, tools);
  const told = new Set<string>();
  const tell: Tell = (permission, resource, before) => {
    const origin = [stackNow(), before?.stack].map((stack) => findOrigin(typeof stack === "string" ? stack : "", tools.folder)).find(({ file }) => file !== null);
    const key = `${permission} ${resource} ${origin?.package}`;
    if (told.has(key)) return;
    told.add(key);
    report({ permission, resource, used: true, package: origin?.package ?? null, file: origin?.file ?? null, line: origin?.line ?? null });
  };
  watchVariables((name) => tell("env", name));
  const granted = parsePolicy(settings.learning);
  if (granted !== undefined) watchUses(tell, granted, fetching);
}

function stackNow(): string | undefined {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = FRAMES;
    const { stack } = new Error("now");
    Error.stackTraceLimit = limit;
    return stack;
  } catch {
    // With --frozen-intrinsics the limit cannot be changed: then the stack has the engine's ten frames.
    return new Error("now").stack;
  }
}
