// `cordon list`: what the lockfile holds, as a tree.
import type { Edge, Node } from "@npmcli/arborist";
import { isSet } from "../request.ts";
import { escapeText } from "../text.ts";
import type { Context } from "./context.ts";
import { identity, lockfileTree } from "./lockfile.ts";

type Branch = { readonly name: string; readonly text: string; readonly version: string | undefined; readonly branches: readonly Branch[] };

export async function list(context: Context): Promise<number> {
  const { request } = context;
  const tree = await lockfileTree(context);
  const depth = request.flags["depth"] === undefined ? (isSet(request, "all") || request.words.length > 0 ? Infinity : 0) : Number(request.flags["depth"]);
  const branches = branchesOf(tree, depth, new Set([tree]), request.words);
  if (request.output === "json") console.log(JSON.stringify({ name: tree.packageName, version: tree.version, dependencies: asJson(branches) }, null, 2));
  else console.log([escapeText(`${tree.packageName || tree.name}@${tree.version ?? ""} ${tree.path}`), ...lines(branches, "")].join("\n"));
  return branches.length === 0 && request.words.length > 0 ? 1 : 0;
}

/** With `words`, only branches that lead to a package of that name. */
function branchesOf(node: Node, depth: number, above: ReadonlySet<Node>, words: readonly string[]): Branch[] {
  if (depth < 0) return [];
  const edges = [...node.target.edgesOut.values()].filter((edge) => !edge.type.startsWith("peer") || edge.to !== null);
  return edges.toSorted((one, other) => one.name.localeCompare(other.name, "en")).flatMap((edge) => {
    const below = edge.to === null || above.has(edge.to) ? [] : branchesOf(edge.to, depth - 1, new Set([...above, edge.to]), words);
    if (words.length > 0 && below.length === 0 && !words.includes(edge.name)) return [];
    return [{ name: edge.name, text: textOf(edge), version: edge.to?.version, branches: below }];
  });
}

function textOf(edge: Edge): string {
  if (edge.to === null) return `${edge.name}@${edge.rawSpec} missing${edge.type.endsWith("ptional") ? " (optional)" : ""}`;
  const link = edge.to.isLink ? ` -> ${edge.to.target.location}` : "";
  return `${identity(edge.to)}${edge.type === "dev" ? " dev" : ""}${link}`;
}

function lines(branches: readonly Branch[], indent: string): string[] {
  return branches.flatMap((branch, index) => {
    const last = index === branches.length - 1;
    return [`${indent}${last ? "└── " : "├── "}${escapeText(branch.text)}`, ...lines(branch.branches, `${indent}${last ? "    " : "│   "}`)];
  });
}

function asJson(branches: readonly Branch[]): object {
  return Object.fromEntries(branches.map(({ name, version, branches: below }) => [name, { version, ...(below.length === 0 ? {} : { dependencies: asJson(below) }) }]));
}
