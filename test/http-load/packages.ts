import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Installs package.json of this folder, where it is not installed yet. */
export function installPackages(): void {
  if (existsSync(join(import.meta.dirname, "node_modules/express"))) return;
  const installed = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] });
  if (installed.status !== 0) throw new Error("Cannot install test/http-load/package.json");
}
