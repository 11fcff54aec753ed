// What runners do in other packages than this one: flags that lead there, and the packages that they name.
import { resolve } from "node:path";
import type { Place } from "./command.ts";
import { findPackage, type Package, ScriptError } from "./package-json.ts";
import { findWorkspace, inOrder, named, type Workspace } from "./workspace.ts";

/** Where a command is done, and the words that are left of it. */
export type Elsewhere = {
  readonly rest: readonly string[];
  readonly folder: string | undefined;
  /** The members' names, patterns and folders. */
  readonly members: readonly string[];
  readonly isAll: boolean;
  readonly root: "no" | "too" | "alone";
  /** `pnpm`: by what they depend on, and at once where that allows it. */
  readonly order: "declared" | "dependencies" | "at once";
};
type Found = { -readonly [key in keyof Elsewhere]: Elsewhere[key] extends readonly string[] ? string[] : Elsewhere[key] };
type Flag = (found: Found, value: string) => void;
type Flags = Readonly<Record<string, Flag>>;

const one: Flag = (found, value) => void found.members.push(value);
const folder: Flag = (found, value) => void (found.folder = value);
const all: Flag = (found) => void (found.isAll = true);
const rootToo: Flag = (found) => void (found.root = "too");
const byDependencies: Flag = (found) => void ((found.isAll = true), (found.order = found.order === "declared" ? "dependencies" : found.order));
const atOnce: Flag = (found) => void (found.order = "at once");

const VALUED: Readonly<Record<string, Flags>> = {
  npm: { "-w": one, "--workspace": one, "--prefix": folder, "-C": folder },
  pnpm: { "-F": one, "--filter": one, "-C": folder, "--dir": folder, "--workspace-concurrency": () => undefined },
  yarn: { "--cwd": folder },
  bun: { "-F": one, "--filter": one, "--cwd": folder },
};
const BARE: Readonly<Record<string, Flags>> = {
  npm: { "--workspaces": all, "-ws": all, "--include-workspace-root": rootToo, "-iwr": rootToo },
  pnpm: { "-r": byDependencies, "--recursive": byDependencies, "-w": (found) => void (found.root = "alone"), "--workspace-root": (found) => void (found.root = "alone"), "--include-workspace-root": rootToo, "--parallel": atOnce },
  yarn: {},
  bun: {},
};

/** The flags of `args` that lead elsewhere: npm takes those before `--`, the others those in front of a script's name. */
export function readElsewhere(program: string, args: readonly string[], isRun: (word: string) => boolean): Elsewhere | undefined {
  const found: Found = { rest: [], folder: undefined, members: [], isAll: false, root: "no", order: program === "npm" ? "declared" : "dependencies" };
  let at = 0;
  for (; at < args.length && args[at] !== "--"; at++) {
    const word = args[at] ?? "";
    if (program !== "npm" && !word.startsWith("-") && !isRun(word)) break;
    const [name = "", value] = word.startsWith("--") ? word.split(/=(.*)/s, 2) : [word];
    const valued = VALUED[program]?.[name];
    const bare = BARE[program]?.[name];
    if (valued !== undefined) valued(found, value ?? args[++at] ?? "");
    else if (bare !== undefined && value === undefined) bare(found, "");
    else found.rest.push(word);
  }
  found.rest.push(...args.slice(at));
  const rest = program === "yarn" ? yarnWorkspaces(found) : found.rest;
  return found.folder === undefined && found.members.length === 0 && !found.isAll && found.root === "no" ? undefined : { ...found, rest };
}

/** `yarn workspace NAME …`, and Yarn 1's `yarn workspaces run …`. */
function yarnWorkspaces(found: Found): string[] {
  const [first, second = "", ...rest] = found.rest;
  if (first === "workspace") found.members.push(second);
  else if (first === "workspaces" && second === "run") Object.assign(found, { isAll: true, order: "declared" });
  else return found.rest;
  return first === "workspace" ? rest : ["run", ...rest];
}

/** Whether it asks for other packages, and not only for another folder. */
export function leadsToMembers({ members, isAll, root }: Elsewhere): boolean {
  return members.length > 0 || isAll || root !== "no";
}

/** Members that lack a script are passed over only where nobody named them. */
export function isOfAll({ members, isAll }: Elsewhere): boolean {
  return isAll || members.some((word) => /\*|\.\.\./.test(word));
}

/** The packages in the groups that run one after the other; those of one group run at once. */
export function packagesOf(elsewhere: Elsewhere, cwd: string): Package[][] {
  const from = elsewhere.folder === undefined ? cwd : resolve(cwd, elsewhere.folder);
  const workspace = findWorkspace(from);
  if (workspace === undefined) throw new ScriptError("NO_MEMBER", `Cannot find a workspace in ${JSON.stringify(from)} or above: no package.json there has "workspaces", and there is no pnpm-workspace.yaml`);
  const chosen = elsewhere.members.length > 0 ? elsewhere.members.flatMap((word) => namedBy(workspace, word, from)) : elsewhere.isAll ? workspace.members : [];
  const members = [...new Map(chosen.map((member) => [member.folder, member])).values()];
  const own = elsewhere.root === "no" ? [] : [findPackage(workspace.root)];
  return [own, ...grouped(members, elsewhere.order)].filter((group) => group.length > 0);
}

function grouped(members: Package[], order: Elsewhere["order"]): Package[][] {
  switch (order) {
    case "declared":
      return members.map((member) => [member]);
    case "dependencies":
      return inOrder(members);
    case "at once":
      return [members];
  }
}

/** pnpm's `NAME...` is a member with what it depends on, `...NAME` with what depends on it; `^` leaves out the member itself. */
function namedBy(workspace: Workspace, word: string, from: string): readonly Package[] {
  const [, before, left, name = "", right, behind] = /^(\.\.\.)?(\^)?(.*?)(\^)?(\.\.\.)?$/s.exec(word) ?? [];
  if (name === "" || /^!|\[/.test(name)) throw new ScriptError("NO_MEMBER", `Cannot choose members by ${JSON.stringify(word)}: name them, or write a pattern with *`);
  const found = named(workspace, name, from);
  if (found.length === 0) throw new ScriptError("NO_MEMBER", `Cannot find a member ${JSON.stringify(word)} of the workspace in ${workspace.root}: it has ${workspace.members.map((member) => member.name).join(", ") || "none"}`);
  const around = [...(behind === undefined ? [] : reachable(found, workspace.members, dependsOn)), ...(before === undefined ? [] : reachable(found, workspace.members, (one, other) => dependsOn(other, one)))];
  return left === undefined && right === undefined ? [...found, ...around] : around.filter((member) => !found.includes(member));
}

function dependsOn(one: Package, other: Package): boolean {
  return one !== other && one.dependencies.includes(other.name);
}

function reachable(from: readonly Package[], members: readonly Package[], leads: (one: Package, other: Package) => boolean): Package[] {
  const found = new Set<Package>();
  for (let ahead = [...from], one = ahead.pop(); one !== undefined; one = ahead.pop()) {
    const start = one;
    const next = members.filter((member) => !found.has(member) && leads(start, member));
    for (const member of next) found.add(member);
    ahead.push(...next);
  }
  return [...found];
}

/** Does `run` in each place: npm goes on behind what fails, the others do not. Gives the first exit code that is not 0. */
export async function inEach(groups: readonly (readonly Place[])[], goesOn: boolean, run: (place: Place) => Promise<number>): Promise<number> {
  let failed = 0;
  for (const group of groups) {
    const codes = await Promise.all(group.map(run));
    failed ||= codes.find((code) => code !== 0) ?? 0;
    if (failed !== 0 && !goesOn) break;
  }
  return failed;
}
