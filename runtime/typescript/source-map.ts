// Source maps, revision 3 (ECMA-426): joining the maps of two transformations that follow each other.

export type SourceMap = { version: number; sources: string[]; sourcesContent?: string[]; names: string[]; mappings: string };

/** Generated column, source line, source column, and the name's index or -1. All count from 0. */
type Segment = [column: number, line: number, sourceColumn: number, name: number];

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The map from the text of `second` to the source of `first`: each has one source. */
export function joinMaps(first: SourceMap, second: SourceMap): SourceMap {
  const inner = decode(first.mappings);
  const joined = decode(second.mappings).map((line) => {
    const segments: Segment[] = [];
    for (const [column, sourceLine, sourceColumn] of line) {
      const found = at(inner[sourceLine] ?? [], sourceColumn);
      if (found !== undefined) segments.push([column, found[1], found[2], found[3]]);
    }
    return segments;
  });
  return { ...first, mappings: encode(joined) };
}

/** The map of a text that lost its first lines and then had a prefix put on what is the first line now. */
export function shiftMap(map: SourceMap, { lines, columns }: { lines: number; columns: number }): SourceMap {
  const rest = decode(map.mappings).slice(lines);
  for (const segment of rest[0] ?? []) segment[0] += columns;
  return { ...map, mappings: encode(rest) };
}

/** The last segment that begins at or before a column. */
function at(line: readonly Segment[], column: number): Segment | undefined {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((line[middle]?.[0] ?? 0) <= column) low = middle + 1;
    else high = middle;
  }
  return line[low - 1] ?? line[0];
}

function decode(mappings: string): Segment[][] {
  const state: Segment = [0, 0, 0, 0];
  return mappings.split(";").map((line) => {
    state[0] = 0;
    return line === "" ? [] : line.split(",").flatMap((text) => decodeSegment(text, state));
  });
}

/** Numbers are differences to those before; one segment of a single number has no source. */
function decodeSegment(text: string, state: Segment): Segment[] {
  const numbers = decodeNumbers(text);
  const [column = 0, , line = 0, sourceColumn = 0, name] = numbers;
  state[0] += column;
  if (numbers.length < 4) return [];
  state[1] += line;
  state[2] += sourceColumn;
  if (name !== undefined) state[3] += name;
  return [[state[0], state[1], state[2], name === undefined ? -1 : state[3]]];
}

function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let shift = 0;
  let value = 0;
  for (const digit of text) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    numbers.push((value & 1) === 1 ? -(value >> 1) : value >> 1);
    shift = 0;
    value = 0;
  }
  return numbers;
}

function encode(lines: readonly Segment[][]): string {
  const state: Segment = [0, 0, 0, 0];
  return lines
    .map((line) => {
      state[0] = 0;
      return line.map((segment) => encodeSegment(segment, state)).join(",");
    })
    .join(";");
}

function encodeSegment([column, line, sourceColumn, name]: Segment, state: Segment): string {
  let text = encodeNumber(column - state[0]) + encodeNumber(0) + encodeNumber(line - state[1]) + encodeNumber(sourceColumn - state[2]);
  state[0] = column;
  state[1] = line;
  state[2] = sourceColumn;
  if (name >= 0) {
    text += encodeNumber(name - state[3]);
    state[3] = name;
  }
  return text;
}

function encodeNumber(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const bits = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? bits | 32 : bits];
  } while (rest > 0);
  return text;
}
