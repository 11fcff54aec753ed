// Reads tarballs (POSIX.1-2017, ustar and pax; GNU's long names): their files, one after the other.
import { gunzipSync } from "node:zlib";
import { RegistryError } from "./error.ts";

export type File = {
  /** As it is written in the archive, nothing in it is to be trusted. */
  readonly path: string;
  readonly content: Buffer;
};

/** Nobody's package is larger. */
const LARGEST = 512 << 20;
const BLOCK = 512;
/** Longer names are no paths. */
const LONGEST = 64 << 10;

/** The files in `bytes`, packed or not; `name` is for messages. */
export function* filesIn(bytes: Buffer, name: string): Generator<File> {
  const wrong = (what: string): RegistryError => new RegistryError(`Cannot read the tarball of ${name}: ${what}`);
  const tar = unpacked(bytes, wrong);
  let long: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const header = tar.subarray(at, at + BLOCK);
    const size = Number.parseInt(field(header, 124, 12).trim() || "0", 8);
    if (!Number.isSafeInteger(size) || size < 0) throw wrong("a size in it is no number");
    const start = at + BLOCK;
    const content = tar.subarray(start, start + size);
    if (content.length < size) throw wrong("it breaks off");
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    const kind = field(header, 156, 1);
    if (kind === "x" || kind === "L") {
      if (size > LONGEST) throw wrong("a name in it is too long");
      long = (kind === "L" ? content.toString("utf8").replace(/\0.*$/s, "") : pathOf(content)) ?? long;
      continue;
    }
    if (["0", "", "7"].includes(kind)) yield { path: long ?? shortPath(header), content };
    if (kind !== "g") long = undefined;
  }
}

function unpacked(bytes: Buffer, wrong: (what: string) => RegistryError): Buffer {
  try {
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: LARGEST }) : bytes;
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function field(header: Buffer, from: number, length: number): string {
  return header.subarray(from, from + length).toString("utf8").replace(/\0.*$/s, "");
}

function shortPath(header: Buffer): string {
  const prefix = field(header, 345, 155);
  const name = field(header, 0, 100);
  return prefix === "" || field(header, 257, 5) !== "ustar" ? name : `${prefix}/${name}`;
}

/** `path` in records of pax, `<length> <key>=<value>\n`. */
function pathOf(records: Buffer): string | undefined {
  let path: string | undefined;
  for (let at = 0; at < records.length; ) {
    const blank = records.indexOf(0x20, at);
    const length = Number(records.toString("latin1", at, blank));
    if (blank < 0 || !Number.isSafeInteger(length) || length < 5) break;
    const record = records.toString("utf8", blank + 1, at + length - 1);
    if (record.startsWith("path=")) path = record.slice("path=".length);
    at += length;
  }
  return path;
}
