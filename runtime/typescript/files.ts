// Files of the cache.
import { mkdirSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes in one step, so that a start at the same time reads the old file or the new one. What cannot be written is no
 * error: the next start does the work again.
 */
export function write(path: string, content: Buffer | string): void {
  const next = `${path}.${process.pid}.${Math.trunc(performance.now() * 1000)}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(next, content, { mode: 0o600 });
    renameSync(next, path);
  } catch {
    discard(next);
  }
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made.
  }
}
