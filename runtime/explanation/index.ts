// Why a call failed: bundled by itself (dist/explanation.cjs) and loaded when the first refusal is met.
import type { PolicySummary, Settings } from "../settings.ts";
import type { Attempt, Explain, Refusal, Tools } from "./attempt.ts";
import { findOrigin, type Origin } from "./origin.ts";
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
    if (isQuestion(attempt, refusal, settings.policy)) return;
    const key = `${refusal.permission} ${refusal.resource}`;
    if (reported.has(key)) return;
    reported.add(key);
    const { permission, resource, told } = refusal;
    const names = told === undefined || told === resource ? { resource } : { resource: told, grant: resource };
    report({ permission, ...names, call: attempt.call, code: String(error.code), ...originOf(error, attempt, tools.folder) });
  };
}

/** Tools ask whether they may write where no grant could let them, and keep their caches elsewhere: nothing was tried. */
function isQuestion({ call }: Attempt, { permission, resource }: Refusal, policy: PolicySummary | undefined): boolean {
  const isOwnFolder = policy !== undefined && `${policy.root}/`.startsWith(`${resource}/`);
  return call === "access" && permission === "write" && (isOwnFolder || resource.endsWith("/node_modules"));
}

/** By the stack of the call, where it was remembered; else by the error's own, else by the one of this very moment. */
function originOf(error: Record<string | symbol, unknown>, { caller, before }: Attempt, folder: string): Origin {
  const stacks = [caller ?? error, before, new Error("now")].flatMap((holder: { stack?: unknown } | undefined) => (typeof holder?.stack === "string" ? [holder.stack] : []));
  const origins = stacks.map((stack) => findOrigin(stack, folder));
  return origins.find((origin) => origin.file !== null) ?? { package: null, file: null, line: null };
}

function plain(value: string): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}
