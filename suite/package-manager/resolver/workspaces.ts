// Stands where arborist looks for @npmcli/map-workspaces: the launcher found the members, and nothing else may be listed.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { minimatch } from "minimatch";
import { isSet, readRequest, type Request } from "../request.ts";

type Lockfile = { packages?: Record<string, { name?: string; workspaces?: string[] | { packages?: string[] } }> };

/** Members' folders by their names. */
export function mapWorkspaces({ cwd }: { cwd: string }): Promise<Map<string, string>> {
  const request = readRequest(process.env["CORDON_INSTALL"]);
  const folders = cwd === request.project ? request.members.map((member) => join(cwd, member)) : [];
  return Promise.resolve(new Map(folders.map((folder) => [nameOf(folder), folder])));
}

/** The names of the members that words are about: those of `--workspace`, by name or folder, all, or the one that the current folder is in. */
export function membersOf(request: Request): readonly string[] {
  const { project, members, member, flags } = request;
  if (isSet(request, "workspaces")) return members.map((folder) => nameOf(join(project, folder)));
  return (flags["workspace"] ?? member).split("\n").filter((wanted) => wanted !== "").map((wanted) => nameIn(request, wanted));
}

function nameIn({ project, members }: Request, wanted: string): string {
  const found = members.find((folder) => folder === wanted.replace(/^\.\//, "").replace(/\/$/, "") || nameOf(join(project, folder)) === wanted);
  if (found === undefined) throw new Error(`Cannot find ${wanted} among the members of the workspace; write its name or folder`);
  return nameOf(join(project, found));
}

/** The same, as a lockfile has them. */
export function virtual({ cwd, lockfile: { packages = {} } }: { cwd: string; lockfile: Lockfile }): Map<string, string> {
  const declared = packages[""]?.workspaces ?? [];
  const patterns = (Array.isArray(declared) ? declared : (declared.packages ?? [])).map((pattern) => pattern.replace(/^\.?\/+/, "").replace(/\/$/, ""));
  const places = Object.keys(packages).filter((place) => place !== "" && !place.split("/").includes("node_modules"));
  const isMember = (place: string): boolean =>
    patterns.some((pattern) => !pattern.startsWith("!") && minimatch(place, pattern)) && !patterns.some((pattern) => pattern.startsWith("!") && minimatch(place, pattern.slice(1)));
  return new Map(places.filter(isMember).map((place) => [packages[place]?.name ?? basename(place), join(cwd, place)]));
}

function nameOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: unknown };
  return typeof manifest.name === "string" && manifest.name !== "" ? manifest.name : basename(folder);
}
