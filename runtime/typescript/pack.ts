// Transformed modules of one program, in one file: a warm start reads it once, where the sources would be read one by one.
// It lies in a folder that is private to one project, policy and lockfile, and the target itself writes it: so it never
// holds anything that the target could not run anyway.
import type { Files } from "../engine.ts";
import type { Format } from "./format.ts";

/** A module, and the state of the source that it was made from. */
export type Entry = { stamp: string; format: Format; code: string };

export type Pack = {
  path: string;
  /** What the file holds. */
  get(file: string): Entry | undefined;
  names(): Iterable<string>;
  /** What it will hold besides once it is saved. */
  added: Map<string, Entry>;
};

/** Changes when the transform does: older packs are thrown away. */
export const HEAD = "cordon typescript 2";
export const END = "\nend\n";

/** Positions in the body as a string: the engine reads a file as UTF-8 in one call, as bytes in four. */
export type Place = [stamp: string, format: Format, start: number, end: number];
type Loaded = { places: Map<string, Place>; body: string };

export function openPack(path: string, files: Files): Pack {
  const { places, body } = load(path, files);
  return {
    path,
    get(file) {
      const place = places.get(file);
      return place && { stamp: place[0], format: place[1], code: body.slice(place[2], place[3]) };
    },
    names: () => places.keys(),
    added: new Map(),
  };
}

/** What was cut off, or is of another version, is as good as absent. */
function load(path: string, files: Files): Loaded {
  const nothing = { places: new Map<string, Place>(), body: "" };
  try {
    const content = files.readFileSync(path, "utf8");
    if (!content.startsWith(`${HEAD} `) || !content.endsWith(END)) return nothing;
    const headEnd = content.indexOf("\n");
    const bodyStart = headEnd + 1 + Number(content.slice(HEAD.length + 1, headEnd));
    const index = JSON.parse(content.slice(headEnd + 1, bodyStart)) as [string, ...Place][];
    const body = content.slice(bodyStart, content.length - END.length);
    if ((index.at(-1)?.[4] ?? 0) !== body.length) return nothing;
    return { places: new Map(index.map(([file, ...place]) => [file, place])), body };
  } catch {
    return nothing;
  }
}
