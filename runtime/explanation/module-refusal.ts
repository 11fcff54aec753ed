// Packages that are links to folders beyond the project, as `npm link` and `file:../lib` make them: the loader says that
// there is no such package, or no right to read its package.json.
import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { PolicySummary } from "../settings.ts";
import { territory } from "../territory.ts";
import type { Attempt, Refusal } from "./attempt.ts";

export function moduleRefusal({ args: [request, from] }: Attempt, policy: PolicySummary | undefined): Refusal | undefined {
  if (typeof request !== "string" || typeof from !== "string" || policy === undefined) return undefined;
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(request)?.[0] ?? request;
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    const target = linked(place);
    if (target !== undefined) return territory(policy.read)(target) ? undefined : { permission: "read", resource: target };
    if (folder === dirname(folder)) return undefined;
  }
}

/** Where a link leads; a folder is its own place; nothing where nothing is. */
function linked(place: string): string | undefined {
  try {
    return lstatSync(place).isSymbolicLink() ? resolve(dirname(place), readlinkSync(place)) : place;
  } catch {
    return undefined;
  }
}
