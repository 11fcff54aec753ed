// Paths as the functions of node:fs take them. Loaded by bundles that come when they are needed, not at start.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute, with symlinks; nothing for what is no path: then the call failed for that reason. */
export function absolute(value: unknown): string | undefined {
  try {
    if (typeof value === "string") return resolve(value);
    if (value instanceof URL) return fileURLToPath(value);
    if (value instanceof Uint8Array) return resolve(Buffer.from(value).toString());
  } catch {
    // Not a path.
  }
  return undefined;
}
