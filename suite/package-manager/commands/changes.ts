// What an installation would change, for --dry-run.
import type { Node } from "@npmcli/arborist";
import { locked } from "../resolver/ideal-tree.ts";
import { count, escapeText } from "../text.ts";
import type { Context } from "./context.ts";

/** As npm says it: `add`, `change` and `remove`, by place, compared with the lockfile. */
export async function showChanges({ request, manifests }: Context, tree: Node): Promise<void> {
  const [then, now] = [versions(await locked(request, manifests)), versions(tree)];
  const added = [...now].filter(([place]) => !then.has(place));
  const removed = [...then].filter(([place]) => !now.has(place));
  const changed = [...now].filter(([place, version]) => then.has(place) && then.get(place) !== version);
  if (request.output === "json") return console.log(JSON.stringify({ added: added.length, removed: removed.length, changed: changed.length, dryRun: true }));
  if (request.output === "silent") return;
  for (const [place, version] of added) console.log(`add ${escapeText(`${name(place)} ${version}`)}`);
  for (const [place, version] of changed) console.log(`change ${escapeText(`${name(place)} ${then.get(place) ?? ""} => ${version}`)}`);
  for (const [place, version] of removed) console.log(`remove ${escapeText(`${name(place)} ${version}`)}`);
  const parts = [["add", added], ["remove", removed], ["change", changed]] as const;
  const said = parts.filter(([, list]) => list.length > 0).map(([word, list]) => `${word} ${count(list.length, "package")}`);
  console.log(said.length === 0 ? "Nothing would change" : `Would ${said.join(", ")}`);
}

function versions(tree: Node | undefined): Map<string, string> {
  const nodes = tree === undefined ? [] : [...tree.inventory.values()].filter((node) => !node.isTop && !node.isLink && !node.extraneous && !node.inert);
  return new Map(nodes.map((node) => [node.location, node.version]));
}

function name(place: string): string {
  return place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
}
