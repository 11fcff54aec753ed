// `cordon outdated`: direct dependencies of which there is something newer. Versions that are too young do not count.
import type { Edge, Node } from "@npmcli/arborist";
import { gt } from "semver";
import { escapeText } from "../text.ts";
import type { Context } from "./context.ts";
import { lockfileTree, projects } from "./lockfile.ts";

type Row = { readonly name: string; readonly current: string; readonly wanted: string; readonly latest: string; readonly dependent: string };

export async function outdated(context: Context): Promise<number> {
  const { request } = context;
  const tree = await lockfileTree(context);
  const edges = projects(tree).flatMap((project) => [...project.edgesOut.values()].map((edge) => ({ project, edge })));
  const asked = edges.filter(({ edge }) => request.words.length === 0 || request.words.includes(edge.name));
  const rows = (await Promise.all(asked.map(({ project, edge }) => rowOf(context, project, edge)))).filter((row) => row !== undefined);
  if (request.output === "json") console.log(JSON.stringify(Object.fromEntries(rows.map(({ name, ...row }) => [name, row])), null, 2));
  else if (rows.length > 0) console.log(table(rows));
  return rows.length === 0 ? 0 : 1;
}

async function rowOf({ manifests }: Context, project: Node, edge: Edge): Promise<Row | undefined> {
  const node = edge.to;
  if (node === null || node.isLink || !node.isRegistryDependency) return undefined;
  const range = edge.rawSpec.startsWith("npm:") ? edge.rawSpec.slice(edge.rawSpec.lastIndexOf("@") + 1) : edge.rawSpec;
  const [wanted, latest] = await Promise.all([manifests.pick(node.packageName, range).catch(() => undefined), manifests.pick(node.packageName, "latest").catch(() => undefined)]);
  const row = { name: edge.name, current: node.version, wanted: wanted?.version ?? node.version, latest: latest?.version ?? node.version, dependent: project.packageName || project.name };
  return gt(row.wanted, row.current) || gt(row.latest, row.current) ? row : undefined;
}

function table(rows: readonly Row[]): string {
  const cells = [["Package", "Current", "Wanted", "Latest", "Needed by"], ...rows.map((row) => [row.name, row.current, row.wanted, row.latest, row.dependent])];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  return cells.map((row) => row.map((cell, column) => escapeText(cell).padEnd(widths[column] ?? 0)).join("  ").trimEnd()).join("\n");
}
