// What every test of installing starts from: a project, a HOME of its own, a registry.
import { existsSync, readFileSync } from "node:fs";
import { makeProject, type Files, type Outcome, type Owner, type Project, type RunOptions, runCordon, start } from "../harness/index.ts";
import { startRegistry, type Options, type Packages, type Registry } from "../registry/index.ts";

export type World = {
  readonly project: Project;
  readonly home: Project;
  readonly registry: Registry;
  /** Runs cordon in the project. */
  cordon(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs the machine's npm in the project, on the same registry. */
  npm(...args: string[]): Promise<Outcome>;
  /** A file of the project; undefined where it is not there. */
  read(path: string): string | undefined;
  readJson(path: string): Record<string, never>;
};

export async function makeWorld(owner: Owner, packages: Packages, files: Files, options: Options = {}): Promise<World> {
  const registry = await startRegistry(owner, packages, options);
  const project = makeProject(owner, files);
  const home = makeProject(owner);
  const env = { HOME: home.folder, NPM_CONFIG_REGISTRY: registry.url, NPM_CONFIG_USERCONFIG: home.path(".npmrc"), NPM_CONFIG_UPDATE_NOTIFIER: "false", NODE_EXTRA_CA_CERTS: undefined };
  const read = (path: string): string | undefined => (existsSync(project.path(path)) ? readFileSync(project.path(path), "utf8") : undefined);
  return {
    project,
    home,
    registry,
    cordon: (args, more = {}) => runCordon(args, { cwd: project.folder, ...more, env: { ...env, ...more.env } }),
    npm: (...args) => start("npm", [...args, "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: project.folder, env }).ended,
    read,
    readJson: (path) => JSON.parse(read(path) ?? "null") as Record<string, never>,
  };
}
