// What a folder looks like, in everything that an attack could change.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { text, type Raw } from "../inside/raw.ts";

/** Path → what it looks like. */
export type Snapshot = ReadonlyMap<string, string>;

/** Everything below `folder`, and itself; `except` names subtrees that may change. */
export function snapshot(folder: string, raw: Raw, except: readonly string[] = []): Snapshot {
  const seen = new Map<string, string>();
  const look = (path: string): void => {
    if (except.includes(path)) return;
    const kind = record(path, raw, seen);
    if (kind === "folder") for (const name of readdirSync(path).toSorted()) look(join(path, name));
  };
  look(folder);
  return seen;
}

function record(path: string, raw: Raw, seen: Map<string, string>): "folder" | "other" {
  const found = lstatSync(path, { bigint: true });
  const content = found.isSymbolicLink() ? readlinkSync(path) : found.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
  // Folders' times change with what lies in them, which is seen by itself.
  const times = found.isDirectory() ? "" : `${found.mtimeNs} ${found.ctimeNs}`;
  seen.set(path, [found.mode, found.uid, found.gid, found.isDirectory() ? "" : found.size, times, content, attributes(path, raw), flags(path, raw, found.isFile() || found.isDirectory())].join(" "));
  return found.isDirectory() ? "folder" : "other";
}

function attributes(path: string, raw: Raw): string {
  const names = Buffer.alloc(1024);
  const length = raw.try("llistxattr", text(path), names, names.length);
  return length > 0 ? names.toString("latin1", 0, length) : "";
}

function flags(path: string, raw: Raw, hasFlags: boolean): number {
  if (!hasFlags) return 0;
  const file = raw.try("openat", -100, text(path), 0, 0);
  if (file < 0) return file;
  const value = Buffer.alloc(8);
  raw.try("ioctl", file, 0x80086601, value);
  raw.close(file);
  // Whether a folder is indexed is the file system's own affair.
  return value.readUInt32LE(0) & ~0x1000;
}

/** Paths that are new, gone or different. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path));
}
