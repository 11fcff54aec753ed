// `cordon why`: who needs a package.
import type { Node } from "@npmcli/arborist";
import { escapeText } from "../text.ts";
import type { Context } from "./context.ts";
import { identity, lockfileTree } from "./lockfile.ts";

type Reason = { readonly by: string; readonly spec: string; readonly type: string; readonly reasons: readonly Reason[] };
type Explained = { readonly name: string; readonly version: string; readonly location: string; readonly reasons: readonly Reason[] };

export async function why(context: Context): Promise<number> {
  const { request } = context;
  if (request.words.length === 0) throw new Error("Cannot explain nothing; write cordon why <package>");
  const tree = await lockfileTree(context);
  const found = [...tree.inventory.values()].filter((node) => !node.isRoot && request.words.some((word) => means(word, node)));
  context.progress.end();
  const explained = found.map((node): Explained => ({ name: node.name, version: node.version, location: node.location, reasons: reasonsOf(node, new Set()) }));
  if (request.output === "json") console.log(JSON.stringify(found.map(asJson), null, 2));
  else for (const one of explained) console.log([`${one.name}@${one.version}  ${one.location}`, ...lines(one.reasons, "  ")].map(escapeText).join("\n"));
  if (explained.length > 0) return 0;
  console.error(`cordon: ${escapeText(request.words.join(", "))}: not in the lockfile`);
  return 1;
}

function means(word: string, node: Node): boolean {
  return word === node.name || word === node.packageName || word === identity(node) || word.replace(/^\.\//, "").replace(/\/$/, "") === node.location || (/.@/.test(word) && node.satisfies(word));
}

/** As `npm explain --json`. */
function asJson(node: Node): object {
  const { extraneous, dev, optional, devOptional, peer, inBundle, overridden } = node;
  return { ...node.explain(), ...(extraneous ? { extraneous } : { dev, optional, devOptional: devOptional && !dev && !optional, peer, bundled: inBundle, overridden }) };
}

function reasonsOf(node: Node, above: ReadonlySet<Node>): Reason[] {
  return [...node.edgesIn].map((edge) => ({
    by: edge.from.isProjectRoot ? "this project" : edge.from.isWorkspace ? `${edge.from.name} of the workspace` : identity(edge.from),
    spec: edge.rawSpec,
    type: edge.type,
    // A package that needs itself, over others, is named once.
    reasons: edge.from.isTop || above.has(edge.from) ? [] : reasonsOf(edge.from, new Set([...above, edge.from])),
  }));
}

function lines(reasons: readonly Reason[], indent: string): string[] {
  return reasons.flatMap(({ by, spec, type, reasons: below }) => [`${indent}${type === "prod" ? "" : `${type} `}${spec || "*"} for ${by}`, ...lines(below, `${indent}  `)]);
}
