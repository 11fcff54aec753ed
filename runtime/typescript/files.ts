// Files of the cache.
import { dirname } from "node:path";
import type { Files } from "../engine.ts";

/**
 * Writes in one step, so that a start at the same time reads the old file or the new one. What cannot be written is no
 * error: the next start does the work again.
 */
export function write(files: Files, path: string, content: Buffer | string): void {
  const next = `${path}.${process.pid}.${Math.trunc(performance.now() * 1000)}`;
  try {
    files.mkdirSync(dirname(path), { recursive: true });
    files.writeFileSync(next, content, { mode: 0o600 });
    files.renameSync(next, path);
  } catch {
    discard(files, next);
  }
}

function discard(files: Files, path: string): void {
  try {
    files.unlinkSync(path);
  } catch {
    // It was never made.
  }
}
