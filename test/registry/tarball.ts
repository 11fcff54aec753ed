// Tarballs as npm makes them (POSIX.1-2017, ustar), and those that no npm would make.
import { gzipSync } from "node:zlib";

export type Entry = {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  /** Of the header: "0" a file, "1" a hard link, "2" a symlink, "5" a folder. */
  readonly type?: string;
  readonly link?: string;
};

export function tarball(entries: readonly Entry[]): Buffer {
  return gzipSync(Buffer.concat([...entries.map((entry) => archived(entry)), Buffer.alloc(1024)]));
}

/** One entry of an archive; `size` is what its header says of it. */
export function archived(entry: Entry, size?: number): Buffer {
  const content = Buffer.from(entry.content ?? "");
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header(entry, size ?? content.length), content, padding]);
}

function header({ path, mode = 0o644, type = "0", link = "" }: Entry, size: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (number: number, length: number): string => `${number.toString(8).padStart(length - 1, "0")}\0`;
  block.write(path, 0, 100);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(499_162_500, 12), 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write(link, 157, 100);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
