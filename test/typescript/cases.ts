// The fixtures, and what they print when the compilers that set the example have translated them.
import { build, type BuildOptions } from "esbuild";
import { spawnSync } from "node:child_process";
import { cpSync, globSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { engineRun, root, type Outcome } from "../harness/index.ts";

export const fixtures: string = join(import.meta.dirname, "fixtures");

/** An entry, `classes/abstract.case.ts`, and the folder that it needs around it. */
export type Case = { name: string; folder: string; entry: string };

/** esbuild knows no emitDecoratorMetadata, and its bundles have another `this`, `module` and `import.meta`. */
const BY_TSC = /^decorator-metadata\/|\/(?:no-module-syntax|import-meta)\//;

export function allCases(): Case[] {
  return globSync("**/*.case.{ts,tsx,mts,cts,js,jsx}", { cwd: fixtures }).toSorted().map((name) => {
    const folder = outermost(name);
    return { name, folder, entry: name.slice(folder.length + 1) };
  });
}

/** Groups of single files share a folder; a case of several files has one of its own. */
function outermost(name: string): string {
  const [group = "", own = ""] = name.split("/");
  return own.includes(".case.") ? group : `${group}/${own}`;
}

/** Copies a case; folders that git would leave out have another name in the fixtures. */
export function place(folder: string, to: string): void {
  cpSync(join(fixtures, folder), to, { recursive: true, verbatimSymlinks: true });
  for (const hidden of globSync("**/_node_modules", { cwd: to })) renameSync(join(to, hidden), join(to, dirname(hidden), "node_modules"));
}

/** What the case prints, compiled by esbuild or tsc and run on the bare engine. */
export async function example({ name, entry }: Case, folder: string): Promise<Outcome> {
  const compiled = BY_TSC.test(name) ? compileWithTsc(entry, folder) : await compileWithEsbuild(entry, folder);
  return engineRun([compiled], { cwd: folder });
}

async function compileWithEsbuild(entry: string, folder: string): Promise<string> {
  const format = formatOf(entry, folder);
  const outfile = join(folder, dirname(entry), `.compiled.${format === "esm" ? "mjs" : "cjs"}`);
  const options: BuildOptions = { absWorkingDir: folder, entryPoints: [entry], outfile, format, bundle: true, platform: "node", target: "node24", logLevel: "silent" };
  await build({ ...options, keepNames: true });
  return outfile;
}

function compileWithTsc(entry: string, folder: string): string {
  const out = join(folder, ".compiled");
  const flags = ["--outDir", out, "--rootDir", folder, "--noCheck", "--ignoreConfig", "--allowImportingTsExtensions", "false", "--module", "nodenext", "--target", "es2022"];
  const { compilerOptions } = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8")) as { compilerOptions: Record<string, unknown> };
  const own = ["experimentalDecorators", "emitDecoratorMetadata"].flatMap((option) => (compilerOptions[option] === true ? [`--${option}`] : []));
  const strict = compilerOptions["strict"] === false ? ["--strict", "false"] : [];
  const ended = spawnSync(join(root, "node_modules/.bin/tsc"), [...flags, ...own, ...strict, entry], { cwd: folder, encoding: "utf8" });
  cpSync(join(folder, "package.json"), join(out, "package.json"));
  if (ended.error !== undefined) throw ended.error;
  return join(out, dirname(entry), basename(entry).replace(/\.(m|c)?tsx?$/, ".$1js"));
}

function formatOf(entry: string, folder: string): "esm" | "cjs" {
  if (/\.c[jt]s$/.test(entry)) return "cjs";
  if (/\.m[jt]s$/.test(entry)) return "esm";
  const { type } = JSON.parse(readFileSync(join(folder, dirname(entry), "package.json"), "utf8")) as { type?: string };
  return type === "module" ? "esm" : "cjs";
}
