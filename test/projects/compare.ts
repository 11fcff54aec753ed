// One project, installed by npm and by cordon.
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../harness/index.ts";
import { cordon, makePlace, npm, type Place } from "./installers.ts";
import type { Project } from "./projects.ts";
import { differences, hiddenDiffers, readTree } from "./tree.ts";

export type Result = {
  readonly name: string;
  readonly packages: number;
  /** Without a lockfile, cordon wrote the file that npm wrote, byte for byte. */
  readonly sameLockfile: boolean;
  /** `npm ci` took cordon's lockfile; "as its own" where it refuses the one that npm writes with the same words. */
  readonly accepted: boolean | "as its own";
  /** Entries of node_modules that differ for one lockfile, with both of the installers reading it. */
  readonly different: readonly string[];
  readonly entries: number;
  readonly problems: readonly string[];
};

export async function compare(base: string, project: Project, home: string): Promise<Result> {
  const members = Object.keys(project.members ?? {});
  const flags = project.flags ?? [];
  const place = (name: string): Place => makePlace(base, name, project, home);
  const problems: string[] = [];
  const check = (what: string, { code, stdout, stderr }: Outcome): boolean => {
    if (code !== 0) problems.push(`${what} ended with ${String(code)}: ${`${stdout}${stderr}`.trim().split("\n").slice(-12).join("\n")}`);
    return code === 0;
  };
  const [byNpm, byCordon, again] = [place("npm"), place("cordon"), place("again")];
  const npmInstalled = check("npm install", await npm(byNpm, "install", "--package-lock-only", ...flags));
  const installed = check("cordon install", await cordon(byCordon, "install", ...flags));
  if (!installed || !npmInstalled) return { name: project.name, packages: 0, sameLockfile: false, accepted: false, different: [], entries: 0, problems };
  copyLockfile(byCordon, again);
  const sameLockfile = read(byNpm).equals(read(byCordon));
  const accepted = await accept(again, byNpm, flags, sameLockfile, check);
  const own = readTree(byCordon.folder, members);
  const different = accepted !== false ? differences(readTree(again.folder, members), own) : [];
  if (accepted !== false && hiddenDiffers(again.folder, byCordon.folder)) different.push("node_modules/.package-lock.json differs");
  if (!sameLockfile) different.push(...(await withNpmsLockfile(place("locked"), byNpm, members, check)));
  return { name: project.name, packages: countOf(byCordon), sameLockfile, accepted, different, entries: own.size, problems };
}

/** Fills the place by `npm ci`; where npm refuses its own lockfile, too, by `npm install`, which does not look so closely. */
async function accept(place: Place, byNpm: Place, flags: readonly string[], sameLockfile: boolean, check: (what: string, outcome: Outcome) => boolean): Promise<Result["accepted"]> {
  const ended = await npm(place, "ci", ...flags);
  if (ended.code === 0 || !sameLockfile) return check("npm ci", ended);
  const own = await npm(byNpm, "ci", ...flags);
  if (why(own) !== why(ended)) return check("npm ci", ended);
  return check("npm install", await npm(place, "install", ...flags)) && "as its own";
}

/** The first lines, without the help that follows and the name of the log. */
function why({ stderr }: Outcome): string {
  return stderr.split("\n").slice(0, 6).join("\n");
}

/** What npm resolved is installed by cordon too. */
async function withNpmsLockfile(place: Place, byNpm: Place, members: readonly string[], check: (what: string, outcome: Outcome) => boolean): Promise<string[]> {
  copyLockfile(byNpm, place);
  if (!check("npm ci", await npm(byNpm, "ci")) || !check("cordon ci", await cordon(place, "ci"))) return [];
  return differences(readTree(byNpm.folder, members), readTree(place.folder, members)).map((line) => `npm's lockfile: ${line}`);
}

function copyLockfile(from: Place, to: Place): void {
  copyFileSync(join(from.folder, "package-lock.json"), join(to.folder, "package-lock.json"));
}

function read(place: Place): Buffer {
  const file = join(place.folder, "package-lock.json");
  return existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
}

function countOf(place: Place): number {
  return Object.keys((JSON.parse(read(place).toString()) as { packages: object }).packages).length - 1;
}
