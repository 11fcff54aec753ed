// Finds the members of an object in JSON text (RFC 8259) without making anything of their values: of a list with thousands
// of versions, one is wanted. What a value holds is checked when it is parsed; here strings and brackets only have to end.

/** Where the value of a member is in the text: from the first byte to behind the last. */
export type Slice = readonly [start: number, end: number];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const SPACE = 0x20;

export type Members = ReadonlyMap<string, Slice>;

/**
 * The members of the object that `text` is, and those of its member `inner` where that is an object, in one look at the
 * text. Of several with one name the last counts, as with JSON.parse.
 */
export function members(text: Buffer, inner: string): { readonly outer: Members; readonly inner: Members | undefined } {
  const outer = new Map<string, Slice>();
  let found: Members | undefined;
  walk(text, skipSpace(text, 0), (name, start) => {
    const nested = name === inner && text[start] === OPEN_OBJECT ? new Map<string, Slice>() : undefined;
    const end = nested === undefined ? endOfValue(text, start) : walk(text, start, (version, at) => note(nested, version, at, endOfValue(text, at)));
    if (name === inner) found = nested;
    return note(outer, name, start, end);
  });
  return { outer, inner: found };
}

function note(found: Map<string, Slice>, name: string, start: number, end: number): number {
  found.set(name, [start, end]);
  return end;
}

/** `visit` gives back where the value ends; the walk, where the object does. */
function walk(text: Buffer, start: number, visit: (name: string, start: number) => number): number {
  let at = behind(text, start, OPEN_OBJECT);
  if (text[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    if (text[at] !== QUOTE) throw new SyntaxError(`there is no name at byte ${at}`);
    const end = endOfString(text, at + 1);
    const name = nameIn(text, at, end);
    at = skipSpace(text, visit(name, behind(text, skipSpace(text, end), COLON)));
    if (text[at] === CLOSE_OBJECT) return at + 1;
    at = behind(text, at, COMMA);
  }
}

/** Most names are what is written: hundreds of thousands of them need no parser. */
function nameIn(text: Buffer, start: number, end: number): string {
  const plain = text.toString("latin1", start + 1, end - 1);
  return /^[!#-[\]-~]*$/.test(plain) ? plain : (JSON.parse(text.toString("utf8", start, end)) as string);
}

export function parse(text: Buffer, place: Slice | undefined): unknown {
  return place === undefined ? undefined : JSON.parse(text.toString("utf8", place[0], place[1]));
}

/** Behind `wanted`, which must be at `at`, and the space that follows. */
function behind(text: Buffer, at: number, wanted: number): number {
  if (text[at] !== wanted) throw new SyntaxError(`there is no ${String.fromCharCode(wanted)} at byte ${at}`);
  return skipSpace(text, at + 1);
}

function skipSpace(text: Buffer, start: number): number {
  let at = start;
  while ((text[at] ?? QUOTE) <= SPACE) at += 1;
  return at;
}

/** `start`: behind the quote that opens it. */
function endOfString(text: Buffer, start: number): number {
  const { length } = text;
  let at = start;
  while (at < length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  if (at >= length) throw new SyntaxError("a string does not end");
  return at + 1;
}

function endOfValue(text: Buffer, start: number): number {
  const { length } = text;
  let depth = 0;
  let at = start;
  while (at < length) {
    const byte = text[at];
    at += 1;
    if (byte === QUOTE) at = endOfString(text, at);
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (depth === 0 && (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST)) return at - 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1;
  }
  throw new SyntaxError("an object does not end");
}
