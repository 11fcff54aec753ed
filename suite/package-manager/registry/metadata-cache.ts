// Answers of registries, kept in the store: an answer that is fresh is not asked for again, an older one is asked about.
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Kept = { readonly etag: string; readonly until: number; readonly body: Buffer };

export type MetadataCache = { read(key: string): Kept | undefined; write(key: string, kept: Kept): void };

export function makeMetadataCache(store: string): MetadataCache {
  const folder = join(store, "metadata");
  let made = false;
  return {
    read: (key) => readKept(fileOf(folder, key)),
    write: (key, kept) => {
      if (!made) mkdirSync(folder, { recursive: true });
      made = true;
      const file = fileOf(folder, key);
      const next = `${file}.${process.pid}`;
      writeKept(next, kept);
      renameSync(next, file);
    },
  };
}

function fileOf(folder: string, key: string): string {
  return join(folder, createHash("sha256").update(key).digest("hex"));
}

/** As it came: lists of versions are long, and bringing them together with their first line would copy them. */
function writeKept(file: string, { until, etag, body }: Kept): void {
  const opened = openSync(file, "w");
  try {
    writeFileSync(opened, `${until} ${etag}\n`);
    writeFileSync(opened, body);
  } finally {
    closeSync(opened);
  }
}

function readKept(file: string): Kept | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined;
  }
  const [end, space] = [bytes.indexOf("\n"), bytes.indexOf(" ")];
  if (end < 0 || space < 0 || space > end) return undefined;
  return { until: Number(bytes.toString("latin1", 0, space)), etag: bytes.toString("utf8", space + 1, end), body: bytes.subarray(end + 1) };
}
