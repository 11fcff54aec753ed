// Refused reads and writes of files.
import { dirname } from "node:path";
import { constants, existsSync, statfsSync } from "node:fs";
import { absolute } from "../paths.ts";
import type { PolicySummary } from "../settings.ts";
import { territory } from "../territory.ts";
import type { Attempt, Refusal } from "./attempt.ts";
import type { Failure } from "./refusal.ts";

/** Calls whose second argument is what they make. */
const MAKES_SECOND: ReadonlySet<string> = new Set(["symlink"]);
const MOVES: ReadonlySet<string> = new Set(["rename", "link"]);
const COPIES: ReadonlySet<string> = new Set(["copyFile", "cp"]);
const CHANGES: ReadonlySet<string> = new Set(
  "appendFile chmod chown lchmod lchown lutimes mkdir rm rmdir truncate unlink utimes writeFile".split(" "),
);
const MAKES_NEAR: ReadonlySet<string> = new Set(["mkdtemp", "mkdtempDisposable"]);
/** Calls that programs use to see whether something is there: that it is not there is no news. */
const PROBES: ReadonlySet<string> = new Set(["access", "stat", "lstat", "realpath", "readlink", "statfs", "watch"]);

export function fileRefusal(error: Failure, attempt: Attempt, policy: PolicySummary | undefined): Refusal | undefined {
  const refusal = asked(error, attempt, policy);
  if (refusal === undefined || isGranted(refusal, policy)) return undefined;
  if (error.code === "ENOENT" && !isHidden(refusal, attempt, policy)) return undefined;
  return refusal.permission === "write" && startsNativeCode(policy) ? { ...refusal, told: firstMissing(refusal.resource) } : refusal;
}

/** Then the broker hears of folders that are made, and names the one that was refused: the first that is not there. */
function startsNativeCode(policy: PolicySummary | undefined): boolean {
  return policy !== undefined && (policy.run.length > 0 || policy.addons.length > 0);
}

function firstMissing(path: string): string {
  const above = dirname(path);
  return above === path || existsSync(above) ? path : firstMissing(above);
}

/** What the call wanted, as a permission on one path: what it lacks, if it lacks one of two. */
function asked(error: Failure, attempt: Attempt, policy: PolicySummary | undefined): Refusal | undefined {
  const [first, second] = fileRequests(attempt);
  if (first === undefined) return undefined;
  if (second !== undefined) return isGranted(first, policy) ? second : first;
  const names = !MAKES_SECOND.has(attempt.call) && !MAKES_NEAR.has(attempt.call) && !MOVES.has(attempt.call) && !COPIES.has(attempt.call);
  // Of node_modules, which a recursive mkdir is refused first, only caches below it can be granted.
  if (typeof error.path === "string" && first.resource.startsWith(`${error.path}/.`) && error.path.endsWith("/node_modules")) return first;
  const deepest = names && typeof error.path === "string" && error.path.startsWith("/") ? error.path : first.resource;
  return { ...first, resource: deepest };
}

/** What a call asks for, in its order: one path, or the two of a copy. */
export function fileRequests(attempt: Attempt): Refusal[] {
  const first = absolute(attempt.args[0]);
  const second = absolute(attempt.args[1]);
  const { call } = attempt;
  if (first === undefined) return [];
  if (MAKES_SECOND.has(call)) return second === undefined ? [] : [{ permission: "write", resource: second }];
  if (MAKES_NEAR.has(call)) return [{ permission: "write", resource: dirname(`${first}XXXXXX`) }];
  if (MOVES.has(call) || COPIES.has(call)) {
    const source: Refusal = { permission: COPIES.has(call) ? "read" : "write", resource: first };
    return second === undefined ? [source] : [source, { permission: "write", resource: second }];
  }
  return [{ permission: changes(attempt) ? "write" : "read", resource: first }];
}

function changes(attempt: Attempt): boolean {
  if (CHANGES.has(attempt.call)) return true;
  const flags = attempt.args[1];
  if (attempt.call === "access") return typeof flags === "number" && (flags & constants.W_OK) !== 0;
  if (attempt.call !== "open") return false;
  if (typeof flags === "string") return /[wa+]/.test(flags);
  return typeof flags === "number" && (flags & (constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC)) !== 0;
}

/** A refusal of what the policy grants is the file system's own (its modes, its owner): not ours to explain. */
function isGranted(refusal: Refusal, policy: PolicySummary | undefined): boolean {
  if (policy === undefined) return false;
  if (refusal.permission === "write") return territory(policy.write)(refusal.resource);
  return territory(policy.read)(refusal.resource) && !territory(policy.secrets)(refusal.resource);
}

/**
 * With namespaces what is not granted is not there. Whether it would be there without them nobody in here can tell, so
 * only calls that want its contents count, and not where tools look for settings on their way up from the project.
 */
function isHidden(refusal: Refusal, attempt: Attempt, policy: PolicySummary | undefined): boolean {
  if (policy?.namespaces !== true || PROBES.has(attempt.call) || !hasOwnRoot()) return false;
  if (attempt.call === "readdir" || attempt.call === "opendir") return true;
  return !policy.root.startsWith(`${dirname(refusal.resource).replace(/\/$/, "")}/`);
}

/** Namespaces are used where the kernel allows them: then the root is in memory (TMPFS_MAGIC, statfs(2)). */
function hasOwnRoot(): boolean {
  try {
    return statfsSync("/").type === 0x01021994;
  } catch {
    return false;
  }
}
