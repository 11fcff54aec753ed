// Builds bin/cordon (the launcher), bin/cordon-install (the installer) and dist/ (the runtime). `--runtime` builds dist/ alone.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { bundleRuntime } from "./bundle.ts";
import { bundlePackageManager } from "./bundle-package-manager.ts";
import { bundleShell } from "./bundle-shell.ts";

const root = join(import.meta.dirname, "..");
await bundleRuntime(root);
await bundleShell(root);
await bundlePackageManager(root);
if (!process.argv.includes("--runtime")) {
  const host = execFileSync("rustc", ["--print", "host-tuple"], { encoding: "utf8" }).trim();
  buildProgram("launcher", "cordon", launcherTarget(host));
  buildProgram("installer", "cordon-install", host);
}

/** Static: no dynamic linking at each start, and none of the host's libraries in what everything else trusts. */
function buildProgram(folder: string, name: string, target: string): void {
  const args = ["build", "--release", "--locked", "--target", target, "--manifest-path", join(root, folder, "Cargo.toml")];
  execFileSync("cargo", args, { stdio: "inherit", env: { ...process.env, RUSTFLAGS: "-C target-feature=+crt-static" } });
  mkdirSync(join(root, "bin"), { recursive: true });
  // A running program keeps its file: the new one takes its name in one step.
  const next = join(root, `bin/.${name}-${process.pid}`);
  copyFileSync(join(root, folder, "target", target, "release", name), next);
  renameSync(next, join(root, "bin", name));
}

/**
 * The launcher starts with every program, and musl's start is 0.3 ms shorter than glibc's (docs/decisions/start-in-parts.md).
 * Where Rust's library for it is neither there nor to be had, glibc does.
 */
function launcherTarget(host: string): string {
  const musl = host.replace("-gnu", "-musl");
  if (isThere(musl)) return musl;
  spawnSync("rustup", ["target", "add", musl], { stdio: "inherit", timeout: 60_000 });
  return isThere(musl) ? musl : host;
}

function isThere(target: string): boolean {
  const folder = spawnSync("rustc", ["--print", "target-libdir", "--target", target], { encoding: "utf8" });
  return folder.status === 0 && existsSync(folder.stdout.trim());
}
