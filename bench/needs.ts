// What a question needs that is no part of cordon: wrk, and the packages of bench/package.json (Next.js, and other runtimes).
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export type Need = "wrk" | "next" | "bun" | "deno" | "npm";

const folder = import.meta.dirname;
export const packages: string = join(folder, "node_modules");
export const bun: string = join(packages, "@oven/bun-linux-x64/bin/bun");
export const deno: string = join(packages, "@deno/linux-x64-glibc/deno");

/** Installs what is missing where that is possible; gives the reason for each need that is not met. */
export function meet(needs: ReadonlySet<Need>): Map<Need, string> {
  const ofPackages = ([["next", join(packages, "next/package.json")], ["bun", bun], ["deno", deno]] as const).filter(([need]) => needs.has(need));
  const install = ofPackages.some(([, file]) => !existsSync(file)) ? installPackages() : undefined;
  const missing = new Map<Need, string>();
  for (const [need, file] of ofPackages) if (!existsSync(file)) missing.set(need, `${need} is not there: ${install ?? "npm ci in bench/ did not bring it"}`);
  if (needs.has("wrk") && !starts("wrk", "-v")) missing.set("wrk", "wrk is not installed (apt-get install wrk)");
  if (needs.has("npm") && !starts("npm", "--version")) missing.set("npm", "npm is not in PATH");
  return missing;
}

function installPackages(): string | undefined {
  console.error("installing bench/package.json …");
  const ended = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  return ended.status === 0 ? undefined : "npm ci in bench/ failed";
}

function starts(program: string, flag: string): boolean {
  return spawnSync(program, [flag], { stdio: "ignore" }).error === undefined;
}
