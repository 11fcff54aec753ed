// The installers that are compared: how each is told its registry and its cache, and what it keeps where.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Where a tool works: a project's folder, its cache and its home. */
export type Place = { readonly project: string; readonly cache: string; readonly registry: string };

export type Tool = {
  readonly name: string;
  readonly lockfile: string;
  /** From the lockfile; no scripts, no audit, no progress. */
  command(place: Place): { program: string; args: string[]; env: Record<string, string> };
  /** As `command`, where there is no lockfile. */
  resolving?(place: Place): { program: string; args: string[]; env: Record<string, string> };
  /** Makes its own lockfile out of the package.json. */
  lock(place: Place): { program: string; args: string[]; env: Record<string, string> };
};

const root = join(import.meta.dirname, "../..");
const packages = join(import.meta.dirname, "node_modules");
const bun = join(packages, "@oven/bun-linux-x64/bin/bun");
const pnpm = join(packages, "@pnpm/exe.linux-x64/pnpm");

function environment({ cache, registry }: Place): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: join(cache, "home"), CI: "1", NO_COLOR: "1", npm_config_registry: registry, XDG_CACHE_HOME: join(cache, "xdg-cache"), XDG_DATA_HOME: join(cache, "xdg-data") };
}

const npmFlags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"];

const npm: Tool = {
  name: "npm",
  lockfile: "package-lock.json",
  command: (place) => ({ program: "npm", args: ["install", ...npmFlags, "--cache", join(place.cache, "npm")], env: environment(place) }),
  lock: (place) => ({ program: "npm", args: ["install", "--package-lock-only", ...npmFlags, "--cache", join(place.cache, "npm")], env: environment(place) }),
};

const pnpmFlags = (place: Place): string[] => ["--ignore-scripts", `--registry=${place.registry}`, `--store-dir=${join(place.cache, "pnpm")}`, "--config.minimum-release-age=0"];

const pnpmTool: Tool = {
  name: "pnpm",
  lockfile: "pnpm-lock.yaml",
  command: (place) => ({ program: pnpm, args: ["install", "--frozen-lockfile", ...pnpmFlags(place)], env: environment(place) }),
  resolving: (place) => ({ program: pnpm, args: ["install", "--no-frozen-lockfile", ...pnpmFlags(place)], env: environment(place) }),
  lock: (place) => ({ program: pnpm, args: ["install", "--lockfile-only", "--no-frozen-lockfile", ...pnpmFlags(place)], env: environment(place) }),
};

const bunTool = (name: string): Tool => ({
  name,
  lockfile: "bun.lock",
  command: (place) => ({ program: bun, args: ["install", "--ignore-scripts", "--no-progress", `--registry=${place.registry}`], env: { ...environment(place), BUN_INSTALL_CACHE_DIR: join(place.cache, "bun") } }),
  lock: (place) => ({ program: bun, args: ["install", "--lockfile-only", "--ignore-scripts", `--registry=${place.registry}`], env: { ...environment(place), BUN_INSTALL_CACHE_DIR: join(place.cache, "bun") } }),
});

/** The whole command, jail included. */
const cordon: Tool = {
  name: "cordon",
  lockfile: "package-lock.json",
  command: (place) => ({ program: join(root, "bin/cordon"), args: ["install", `--registry=${place.registry}`], env: { ...environment(place), CORDON_TRUST: "" } }),
  lock: npm.lock,
};

/** The installer alone, without launcher and jail: what those cost. */
const bare: Tool = {
  name: "cordon-install alone",
  lockfile: "package-lock.json",
  command: (place) => ({
    program: join(root, "bin/cordon-install"),
    args: ["install", `--store=${join(place.cache, "store")}`],
    env: { ...environment(place), CORDON_INSTALL_SETTINGS: JSON.stringify({ registry: place.registry }) },
  }),
  lock: npm.lock,
};

export const tools: readonly Tool[] = [cordon, bare, bunTool("bun"), bunTool("bun again"), pnpmTool, npm];

/** Installs bun and pnpm where they are not there yet. */
export function fetchTools(): void {
  if (existsSync(bun) && existsSync(pnpm)) return;
  const ended = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] });
  if (ended.status !== 0) throw new Error("Cannot install bench/install/package.json");
}

/** Everything that the tool cached, the lockfile aside. */
export function forget(place: Place): void {
  rmSync(place.cache, { recursive: true, force: true });
}

export function removeLockfile(tool: Tool, place: Place): void {
  rmSync(join(place.project, tool.lockfile), { force: true });
}

export function removeModules(place: Place): void {
  for (const folder of [place.project, ...members(place.project)]) rmSync(join(folder, "node_modules"), { recursive: true, force: true });
}

function members(project: string): string[] {
  const packages = join(project, "packages");
  return existsSync(packages) ? readdirSync(packages).map((name) => join(packages, name)) : [];
}
