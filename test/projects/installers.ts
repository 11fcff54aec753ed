// npm and cordon, each told the same registry, and nothing of this machine's settings.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Outcome, cordon as launcher, engine, start } from "../harness/index.ts";
import type { Project } from "./projects.ts";

const npmProgram = join(import.meta.dirname, "node_modules/npm/bin/npm-cli.js");
const MINUTES_20 = 20 * 60_000;

export type Place = { readonly folder: string; readonly home: string };

/** A fresh copy of the project, with a home of its own or with `home`. */
export function makePlace(base: string, name: string, project: Project, home: string): Place {
  const folder = join(base, name);
  rmSync(folder, { recursive: true, force: true });
  writeJson(join(folder, "package.json"), { name: project.name, ...project.manifest });
  for (const [member, content] of Object.entries(project.members ?? {})) writeJson(join(folder, member, "package.json"), content);
  return { folder, home };
}

function writeJson(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** Both read this file. Versions of today are taken, as npm takes them; the lists that they choose from are the same ones. */
export function makeHome(base: string, registry: string): string {
  const home = join(base, "home");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, ".npmrc"), `registry=${registry}\nmin-release-age=0\nfund=false\naudit=false\nupdate-notifier=false\n`);
  return home;
}

export async function npm(place: Place, ...words: string[]): Promise<Outcome> {
  return await start(engine, [npmProgram, ...words, "--ignore-scripts", "--no-progress", "--allow-remote=all"], { cwd: place.folder, env: { HOME: place.home, CI: "1" }, timeout: MINUTES_20 }).ended;
}

export async function cordon(place: Place, ...words: string[]): Promise<Outcome> {
  return await start(launcher, words, { cwd: place.folder, env: { HOME: place.home, CI: "1" }, timeout: MINUTES_20 }).ended;
}
