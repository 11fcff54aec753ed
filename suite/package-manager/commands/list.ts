// `cordon list`: what the lockfile holds, as a tree, level by level: what was seen before is named again, without what is below it (npm-ls).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Edge, Node } from "@npmcli/arborist";
import { membersOf } from "../resolver/workspaces.ts";
import { isSet, type Request } from "../request.ts";
import { escapeText } from "../text.ts";
import type { Context } from "./context.ts";
import { lockfileTree } from "./lockfile.ts";

type Item = {
  readonly name: string;
  readonly pkgid: string;
  readonly node: Node | null;
  readonly again: boolean;
  /** Who asks for it in vain, and for which versions. */
  readonly missing?: { readonly by: string; readonly wanted: string; readonly optional: boolean };
  readonly parent?: Item;
  readonly children: Item[];
  readonly asked: boolean;
  /** Whether it, or something below it, was asked for. */
  included: boolean;
};

export async function list(context: Context): Promise<number> {
  const { request } = context;
  const tree = await lockfileTree(context);
  context.progress.end();
  const { root, items } = walk(tree, request);
  const problems = items.filter((item) => item.included).flatMap(problemOf);
  const long = isSet(request, "long");
  if (request.output === "json") console.log(JSON.stringify({ ...(tree.package["version"] === undefined ? {} : { version: tree.version }), name: tree.packageName || tree.name, ...(long ? described(tree) : {}), ...(problems.length === 0 ? {} : { problems }), ...dependencies(root, long) }, null, 2));
  else if (isSet(request, "parseable")) console.log([root, ...items].flatMap((item) => place(item, long)).join("\n"));
  else console.log([...heading(tree, long, root.children.length > 0), ...lines(root, "", long)].join("\n"));
  if (request.output !== "json") for (const problem of problems) console.error(`cordon: ${escapeText(problem)}`);
  return problems.length > 0 || (request.words.length > 0 && !root.included) ? 1 : 0;
}

function walk(tree: Node, request: Request): { root: Item; items: Item[] } {
  const { words } = request;
  const deep = isSet(request, "all") || words.length > 0;
  const depth = request.flags["depth"] === undefined ? (deep ? Infinity : 0) : Number(request.flags["depth"]);
  const root: Item = { name: tree.name, pkgid: tree.pkgid, node: tree, again: false, children: [], asked: words.length === 0, included: words.length === 0 };
  const seen = new Set([tree.path]);
  const items: Item[] = [];
  const queue: { item: Item; node: Node; level: number }[] = [{ item: root, node: tree, level: 0 }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { item, node } = next;
    const level = node.isWorkspace ? 0 : next.level;
    if (level > depth) continue;
    for (const child of childrenOf(item, node, level, request)) {
      const path = child.node?.path;
      const again = path !== undefined && seen.has(path);
      if (path !== undefined) seen.add(path);
      const below = { ...child, again, asked: words.length === 0 || words.some((word) => child.node?.satisfies(word) === true) };
      if (below.asked) include(below);
      item.children.push(below);
      items.push(below);
      if (child.node !== null && !again) queue.push({ item: below, node: child.node, level: level + 1 });
    }
  }
  return { root, items };
}

function include(item: Item): void {
  for (let above: Item | undefined = item; above !== undefined; above = above.parent) above.included = true;
}

function childrenOf(parent: Item, node: Node, level: number, request: Request): Item[] {
  const members = level === 0 && node.isProjectRoot ? membersOf(request) : [];
  const withRoot = isSet(request, "include-workspace-root");
  const edges = [...node.target.edgesOut.values()]
    .filter((edge) => level > 0 || !request.omit.some((kind) => edge.type === kind || edge.type === `${kind}Optional` || (kind === "optional" && edge.type === "peerOptional")))
    .filter((edge) => members.length === 0 || (edge.type === "workspace" ? members.includes(edge.name) : withRoot));
  const items = edges.flatMap((edge) => itemOf(parent, edge));
  return items.toSorted((one, other) => one.pkgid.localeCompare(other.pkgid, "en"));
}

function itemOf(parent: Item, edge: Edge): Item[] {
  const optional = edge.type === "optional" || edge.type === "peerOptional";
  const common = { name: edge.name, again: false, parent, children: [], asked: false, included: false };
  if (edge.to !== null) return [{ ...common, pkgid: edge.to.pkgid, node: edge.to }];
  return edge.missing || optional ? [{ ...common, pkgid: `${edge.name}@${edge.spec}`, node: null, missing: { by: edge.from.pkgid, wanted: edge.spec || "*", optional } }] : [];
}

function problemOf({ pkgid, missing }: Item): string[] {
  return missing === undefined || missing.optional ? [] : [`missing: ${pkgid}, required by ${missing.by}`];
}

function heading(tree: Node, long: boolean, hasMore: boolean): string[] {
  const name = escapeText(`${tree.packageName || tree.name}@${tree.version ?? ""}`);
  const path = escapeText(tree.path);
  return long ? [name, ...[path, descriptionOf(tree)].map((line) => `${hasMore ? "│" : " "} ${line}`)] : [`${name} ${path}`];
}

function lines(item: Item, indent: string, long: boolean): string[] {
  const shown = item.children.filter((child) => child.included);
  return shown.flatMap((child, index) => {
    const last = index === shown.length - 1;
    const below = `${indent}${last ? "  " : "│ "}`;
    const hasMore = child.children.some((inner) => inner.included);
    const description = long && child.node !== null ? [`${below}${hasMore ? "│" : " "} ${descriptionOf(child.node)}`] : [];
    return [`${indent}${last ? "└─" : "├─"}${hasMore ? "┬" : "─"} ${escapeText(textOf(child))}`, ...description, ...lines(child, below, long)];
  });
}

/** For other programs: where a package lies, and which it is. */
function place({ node, pkgid, again, asked }: Item, long: boolean): string[] {
  if (node === null || again || !asked) return [];
  const parts = [node.path, ...(long ? [pkgid, ...(node.path === node.realpath ? [] : [node.realpath]), ...(node.overridden ? ["OVERRIDDEN"] : [])] : [])];
  return [escapeText(parts.join(":"))];
}

/** What lies in node_modules says it: lockfiles do not. */
function manifestOf(node: Node): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(join(node.path, "package.json"), "utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function descriptionOf(node: Node): string {
  const { description } = manifestOf(node);
  return typeof description === "string" ? escapeText(description) : "";
}

/** As npm-ls gives it, without what npm reads of other files. */
function described(node: Node): object {
  const { dependencies, optionalDependencies, devDependencies = {}, peerDependencies = {}, ...rest } = manifestOf(node);
  return { ...rest, extraneous: false, path: node.path, _dependencies: { ...(dependencies as object), ...(optionalDependencies as object) }, devDependencies, peerDependencies };
}

function textOf({ pkgid, node, again, missing }: Item): string {
  if (missing !== undefined || node === null) return `UNMET ${missing?.optional === true ? "OPTIONAL " : ""}DEPENDENCY ${pkgid}`;
  return `${pkgid}${again ? " deduped" : ""}${node.overridden ? " overridden" : ""}${node.isLink ? ` -> ./${node.target.location}` : ""}`;
}

function dependencies(item: Item, long: boolean): { dependencies?: object } {
  const shown = item.children.filter((child) => child.included);
  return shown.length === 0 ? {} : { dependencies: Object.fromEntries(shown.map((child) => [child.name, asJson(child, long)])) };
}

function asJson(item: Item, long: boolean): object {
  const { node, again, missing } = item;
  if (node === null) return missing === undefined || missing.optional ? {} : { required: missing.wanted, missing: true, problems: problemOf(item) };
  const facts = { version: node.version, ...(again ? {} : { ...(node.resolved === null ? {} : { resolved: node.resolved }), overridden: node.overridden }) };
  return { ...facts, ...(long && !again ? described(node) : {}), ...dependencies(item, long) };
}
