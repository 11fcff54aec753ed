// Commands that make a new lockfile: install, add, remove, update, dedupe, prune.
import { review } from "../policy/review.ts";
import { showChanges } from "./changes.ts";
import { membersOf } from "../resolver/workspaces.ts";
import { resolve, type Wish } from "../resolver/ideal-tree.ts";
import { prefetch } from "../resolver/prefetch.ts";
import { isSet, type Request } from "../request.ts";
import { tell } from "../tell.ts";
import type { Context } from "./context.ts";
import { lockfileTree } from "./lockfile.ts";

export async function change(context: Context): Promise<number> {
  const { request, manifests } = context;
  const wish = request.command === "dedupe" ? await dedupeWish(context) : wishOf(request);
  await prefetch(context, wish);
  const resolved = await resolve(request, manifests, wish);
  await review(context, resolved.tree);
  if (!tell(context)) return 1;
  if (isSet(request, "dry-run")) {
    await showChanges(context, resolved.tree);
    return 0;
  }
  await resolved.save();
  return 0;
}

/** What the words and flags mean to arborist. */
function wishOf(request: Request): Wish {
  const workspaces = membersOf(request);
  const common = { workspaces, saveBundle: isSet(request, "save-bundle") };
  switch (request.command) {
    case "add":
      refuseNothing(request);
      return { ...common, add: request.words, ...saveType(request) };
    case "remove":
      refuseNothing(request);
      return { ...common, rm: request.words };
    case "update":
      return { ...common, update: request.words.length === 0 ? true : { names: request.words }, save: false };
    default:
      return common;
  }
}

function refuseNothing({ command, words }: Request): void {
  if (words.length === 0) throw new Error(`Cannot ${command} nothing; write cordon ${command} <package>`);
}

/** Packages that are there in several versions are resolved anew, and share one where it fits. */
async function dedupeWish(context: Context): Promise<Wish> {
  const tree = await lockfileTree(context);
  const names = [...tree.inventory.values()].filter((node) => !node.isTop && !node.isLink).map((node) => node.name);
  const several = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return { preferDedupe: true, update: { names: [...several] }, save: false };
}

function saveType(request: Request): { saveType?: "prod" | "dev" | "optional" | "peer" } {
  if (isSet(request, "save-dev")) return { saveType: "dev" };
  if (isSet(request, "save-optional")) return { saveType: "optional" };
  if (isSet(request, "save-peer")) return { saveType: "peer" };
  return isSet(request, "save-prod") ? { saveType: "prod" } : {};
}
