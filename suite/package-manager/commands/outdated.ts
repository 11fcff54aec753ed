// `cordon outdated`: dependencies of which there is something newer. Versions that are too young do not count.
import type { Edge, Node } from "@npmcli/arborist";
import { gt } from "semver";
import { membersOf } from "../resolver/workspaces.ts";
import { isSet } from "../request.ts";
import { escapeText } from "../text.ts";
import type { Context } from "./context.ts";
import { lockfileTree, projects } from "./lockfile.ts";

type Row = { readonly name: string; readonly current: string | undefined; readonly wanted: string; readonly latest: string; readonly dependent: string; /** npm names a project by its folder. */ readonly from: string; readonly place: string; readonly path: string | undefined };

export async function outdated(context: Context): Promise<number> {
  const { request } = context;
  const tree = await lockfileTree(context);
  const found = await Promise.all([...asked(context, tree)].map((edge) => rowOf(context, edge)));
  context.progress.end();
  const rows = found.filter((row) => row !== undefined).toSorted((one, other) => one.name.localeCompare(other.name, "en") || one.from.localeCompare(other.from, "en"));
  if (request.output === "json") console.log(JSON.stringify(asJson(rows), null, 2));
  else if (rows.length > 0) console.log(table(rows));
  return rows.length === 0 ? 0 : 1;
}

/** Everybody's need of the packages that are named; of the whole tree with --all; else what the project and its members need. */
function asked({ request }: Context, tree: Node): Set<Edge> {
  const { words } = request;
  const members = membersOf(request);
  const own = projects(tree).filter((project) => members.length === 0 || members.includes(project.packageName) || (project.isProjectRoot && isSet(request, "include-workspace-root")));
  const everywhere = [...tree.inventory.values()];
  if (words.length > 0) return new Set(everywhere.filter((node) => words.includes(node.name)).flatMap((node) => [...node.edgesIn]));
  const from = isSet(request, "all") ? [...own, ...everywhere] : own;
  return new Set(from.flatMap((node) => [...node.edgesOut.values()]));
}

async function rowOf({ manifests, request }: Context, edge: Edge): Promise<Row | undefined> {
  const node = edge.to;
  const required = edge.type === "prod";
  const left = request.omit.some((kind) => (kind === "dev" && node?.dev) || (kind === "optional" && node?.optional) || (kind === "peer" && node?.peer));
  if (left || (node === null ? !required : node.isLink || !node.isRegistryDependency)) return undefined;
  const alias = /^npm:((?:@[^/]+\/)?[^@]+)(?:@(.*))?$/.exec(edge.rawSpec);
  const [name, range] = alias === null ? [edge.name, edge.rawSpec] : [alias[1] ?? edge.name, alias[2] ?? "*"];
  const pick = (wanted: string): Promise<string | undefined> => manifests.pick(name, wanted).then((manifest) => manifest.version, () => undefined);
  const [wanted, latest] = await Promise.all([pick(range), pick("latest")]);
  const current = node?.version;
  const other = wanted ?? current ?? latest;
  if (other === undefined) return undefined;
  const row = { name: alias === null ? edge.name : edge.rawSpec.replace("npm", edge.name), current, wanted: other, latest: latest ?? other, dependent: edge.from.packageName || edge.from.name, from: edge.from.name, place: node?.location ?? "-", path: node?.path };
  return current === undefined || gt(row.wanted, current) || gt(row.latest, current) ? row : undefined;
}

/** Several rows of one name are a list, as npm has it. */
function asJson(rows: readonly Row[]): object {
  const all = new Map<string, object[]>();
  for (const { name, current, wanted, latest, from: dependent, path } of rows) all.set(name, [...(all.get(name) ?? []), { ...(current === undefined ? {} : { current }), wanted, latest, dependent, ...(path === undefined ? {} : { location: path }) }]);
  return Object.fromEntries([...all].map(([name, list]) => [name, list.length === 1 ? list[0] : list]));
}

function table(rows: readonly Row[]): string {
  const cells = [["Package", "Current", "Wanted", "Latest", "Location", "Depended by"], ...rows.map((row) => [row.name, row.current ?? "MISSING", row.wanted, row.latest, row.place, row.dependent])];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  return cells.map((row) => row.map((cell, column) => (column > 0 && column < 4 ? escapeText(cell).padStart(widths[column] ?? 0) : escapeText(cell).padEnd(widths[column] ?? 0))).join("  ").trimEnd()).join("\n");
}
