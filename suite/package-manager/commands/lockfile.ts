// The lockfile's tree, for commands that only look.
import type { Node } from "@npmcli/arborist";
import { locked } from "../resolver/ideal-tree.ts";
import type { Context } from "./context.ts";

export async function lockfileTree({ request, manifests }: Context): Promise<Node> {
  const tree = await locked(request, manifests);
  if (tree === undefined) throw new Error("Cannot look: there is no package-lock.json here; run cordon install");
  return tree;
}

/** The root and the workspace's members. */
export function projects(tree: Node): Node[] {
  return [tree, ...[...tree.edgesOut.values()].flatMap((edge) => (edge.type === "workspace" && edge.to !== null ? [edge.to.target] : []))];
}

/** `name@version`, an alias as `name@npm:other@version`. */
export function identity(node: Node): string {
  const alias = node.packageName !== node.name && node.packageName !== "" ? `npm:${node.packageName}@` : "";
  return `${node.name}@${alias}${node.version}`;
}
