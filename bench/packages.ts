// What bench/package.json names: next, and other runtimes to look at. They are no part of cordon.
import { spawnSync } from "node:child_process";

/** Installs them; gives the reason where that is not possible. */
export function installPackages(): string | undefined {
  const ended = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: import.meta.dirname, stdio: ["ignore", "inherit", "inherit"] });
  return ended.status === 0 ? undefined : "npm ci in bench/ failed";
}
