// A pack as a file: see pack.ts.
import { END, HEAD, type Entry, type Pack, type Place } from "./pack.ts";

/** HEAD, the index's length, the index, the modules one after the other, END. */
export function serialize(pack: Pack): string {
  const names = new Set([...pack.names(), ...pack.added.keys()]);
  const entries = [...names].flatMap((file) => entryOf(file, pack.added.get(file) ?? pack.get(file)));
  // A lone half of a surrogate pair would become another character in UTF-8: such a module is made anew each time.
  const whole = entries.filter(([file, entry]) => file.isWellFormed() && entry.code.isWellFormed());
  let offset = 0;
  const index = whole.map(([file, { stamp, format, code }]): [string, ...Place] => {
    const start = offset;
    offset += code.length;
    return [file, stamp, format, start, offset];
  });
  const indexText = JSON.stringify(index);
  return `${HEAD} ${indexText.length}\n${indexText}${whole.map(([, { code }]) => code).join("")}${END}`;
}

function entryOf(file: string, entry: Entry | undefined): [string, Entry][] {
  return entry === undefined ? [] : [[file, entry]];
}
