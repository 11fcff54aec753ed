// Why a call failed: bundled by itself (dist/explanation.cjs) and loaded when the first refusal is met.
import type { Settings } from "../settings.ts";
import type { Attempt, Explain, Tools } from "./attempt.ts";
import { findOrigin } from "./origin.ts";
import { refusalOf } from "./refusal.ts";
import { createReporter } from "./report.ts";

export function createExplain(settings: Settings, tools: Tools): Explain {
  const report = createReporter(settings.report, tools);
  const reported = new Set<string>();
  return (error, attempt) => {
    const refusal = refusalOf(error, attempt, settings.policy);
    if (refusal === undefined) return;
    Object.defineProperty(error, "permission", plain(refusal.permission));
    Object.defineProperty(error, "resource", plain(refusal.resource));
    const key = `${refusal.permission} ${refusal.resource}`;
    if (reported.has(key)) return;
    reported.add(key);
    const { permission, resource, told } = refusal;
    const names = told === undefined || told === resource ? { resource } : { resource: told, grant: resource };
    report({ permission, ...names, call: attempt.call, code: String(error.code), ...findOrigin(stackOf(error, attempt), tools.folder) });
  };
}

/** The stack of the call, where it was remembered; else the error's own, else the one of this very moment. */
function stackOf(error: Record<string | symbol, unknown>, attempt: Attempt): string {
  const holder: { stack?: unknown } = attempt.caller ?? error;
  const stack = holder.stack;
  return typeof stack === "string" && stack.includes("\n    at ") ? stack : String(new Error().stack);
}

function plain(value: string): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}
