// Answers of registries, kept in the store: an answer that is fresh is not asked for again, an older one is asked about.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Kept = { readonly etag: string; readonly until: number; readonly body: string };

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
      writeFileSync(next, `${kept.until} ${kept.etag}\n${kept.body}`);
      renameSync(next, file);
    },
  };
}

function fileOf(folder: string, key: string): string {
  return join(folder, createHash("sha256").update(key).digest("hex"));
}

function readKept(file: string): Kept | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const end = text.indexOf("\n");
  const space = text.indexOf(" ");
  if (end < 0 || space < 0 || space > end) return undefined;
  return { until: Number(text.slice(0, space)), etag: text.slice(space + 1, end), body: text.slice(end + 1) };
}
