// Builds bin/cordon (the launcher), bin/cordon-install (the installer) and dist/ (the runtime). `--runtime` builds dist/ alone.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { bundleRuntime } from "./bundle.ts";
import { bundlePackageManager } from "./bundle-package-manager.ts";
import { bundleShell } from "./bundle-shell.ts";

const root = join(import.meta.dirname, "..");
await bundleRuntime(root);
await bundleShell(root);
await bundlePackageManager(root);
if (!process.argv.includes("--runtime")) {
  buildProgram("launcher", "cordon");
  buildProgram("installer", "cordon-install");
}

/** Static: no dynamic linking at each start, and none of the host's libraries in what everything else trusts. */
function buildProgram(folder: string, name: string): void {
  const target = execFileSync("rustc", ["--print", "host-tuple"], { encoding: "utf8" }).trim();
  const args = ["build", "--release", "--locked", "--target", target, "--manifest-path", join(root, folder, "Cargo.toml")];
  execFileSync("cargo", args, { stdio: "inherit", env: { ...process.env, RUSTFLAGS: "-C target-feature=+crt-static" } });
  mkdirSync(join(root, "bin"), { recursive: true });
  // A running program keeps its file: the new one takes its name in one step.
  const next = join(root, `bin/.${name}-${process.pid}`);
  copyFileSync(join(root, folder, "target", target, "release", name), next);
  renameSync(next, join(root, "bin", name));
}
