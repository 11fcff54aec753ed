// A pack as a file: see pack.ts.
import { END, HEAD, type Entry, type Pack, type Place } from "./pack.ts";

/** HEAD, the index's length, the index, the modules one after the other, END. */
export function serialize(pack: Pack): Buffer {
  const names = new Set([...pack.names(), ...pack.added.keys()]);
  const entries = [...names].flatMap((file) => entryOf(file, pack.added.get(file) ?? pack.get(file)));
  const bodies = entries.map(([, entry]) => Buffer.from(entry.code));
  let offset = 0;
  const index = entries.map(([file, entry], number): [string, ...Place] => {
    const start = offset;
    offset += bodies[number]?.length ?? 0;
    return [file, entry.stamp, entry.format, start, offset];
  });
  const indexText = Buffer.from(JSON.stringify(index));
  return Buffer.concat([Buffer.from(`${HEAD} ${indexText.length}\n`), indexText, ...bodies, Buffer.from(END)]);
}

function entryOf(file: string, entry: Entry | undefined): [string, Entry][] {
  return entry === undefined ? [] : [[file, entry]];
}
