// What /bin/sh takes and the shell library does not: translated where it means the same, and refused by name where the
// library would run something else. POSIX.1-2024, Shell Command Language.

/** Something of /bin/sh that this shell does not have. */
export class UnknownSyntax extends Error {}

/** How what a compound command stands for is read: where it goes on, and the command in its place. */
export type Opened = { readonly next: number; readonly command: string };
export type Open = (text: string, at: number, word: string, within: Within) => Opened;

/** What a list of commands lies in. */
export type Within = {
  /** Commands behind which the rest cannot go on: in loops and conditions. */
  readonly isForeground: boolean;
  /** The arguments are a function's. */
  readonly isFunction: boolean;
};

/** What ends the text that is read, and what is not in it. */
export type Scope = {
  /** Words where a command could begin, or `)`, `;`, `;;` and the end of a line anywhere. */
  readonly ends: readonly string[];
  /** `words`: what is no command, as behind `for x in`. */
  readonly holds: "commands" | "words";
  readonly within: Within;
  readonly open: Open;
};
export type List = { readonly line: string; readonly end: string | undefined; readonly next: number };

export const WITH_SH = 'write a file of JavaScript, or sh -c with "sh" among the run grants';
const OPENERS: ReadonlySet<string> = new Set(["if", "for", "while", "until", "case", "{", "(", "!"]);
const UNKNOWN: ReadonlySet<string> = new Set(["function", "select", "local", "read", "[["]);
/** What ends a pipeline. */
export const ENDS_OF_PIPELINE: readonly string[] = ["&&", "||", ";", "&", "\n", ")"];
/** The head of a function's definition, which is read as a compound command of this word. */
export const FUNCTION = "()";
export const FUNCTION_HEAD: RegExp = /^([A-Za-z_]\w*)[ \t]*\([ \t]*\)\s*/;
/** Words that belong to a compound command. */
const INNER = String.raw`(?:then|elif|else|fi|do|done|esac|\})(?![^\s;&|()<>])`;
const AFTER_COMPOUND = new RegExp(String.raw`^[ \t]*(?:$|[\n;&|)<>]|\d[<>]|${INNER})`);
const MISPLACED = new RegExp(`^${INNER}`);

type Reading = { out: string; quote: string; isInBackquotes: boolean; isStart: boolean; depth: number; end: string | undefined; readonly scope: Scope };

/** Backquotes become `$( )`, the end of a line `;`, and `$NAME` what is empty where it is not set. */
export function readList(text: string, from: number, scope: Scope): List {
  const reading: Reading = { out: "", quote: "", isInBackquotes: false, isStart: scope.holds === "commands", depth: 0, end: undefined, scope };
  let at = from;
  while (at < text.length && reading.end === undefined) at += step(text, at, reading);
  return { line: reading.out, end: reading.end, next: at };
}

/** Reads what stands at `at`, and gives how long that is. */
function step(text: string, at: number, reading: Reading): number {
  const letter = text.charAt(at);
  if (reading.quote === "'") return inSingleQuotes(letter, reading);
  if (letter === "\\") return escaped(text, at, reading);
  if (letter === "`") return backquote(reading);
  if (letter === "$") return variable(text, at, reading);
  if (letter === '"' || (letter === "'" && reading.quote === "")) reading.quote = reading.quote === letter ? "" : letter;
  if (reading.quote !== "" || letter === '"') return add(letter, reading, false);
  return plain(text, at, reading);
}

function add(text: string, reading: Reading, isStart: boolean): number {
  reading.out += text;
  reading.isStart = isStart;
  return text.length;
}

function inSingleQuotes(letter: string, reading: Reading): number {
  if (letter === "'") reading.quote = "";
  return add(letter, reading, false);
}

/** One that is not set is empty; to the library it is an error. */
function variable(text: string, at: number, reading: Reading): number {
  const sum = /^\$\(\([^`"']*?\)\)/.exec(text.slice(at))?.[0];
  if (sum !== undefined) {
    const shift = Number(reading.scope.within.isFunction);
    add(sum.replaceAll(/\$(?:([1-9])|\{([1-9]\d*)\})/g, (_all, bare?: string, braced?: string) => `\${${Number(bare ?? braced) - shift}}`), reading, false);
    return sum.length;
  }
  if (text.startsWith("$(", at) && !text.startsWith("$((", at)) return substitution(text, at, reading);
  const positional = /^\$(?:(\d)|\{(\d+)(?=[:}]))/.exec(text.slice(at));
  if (positional !== null) return argument(positional, text.startsWith("}", at + positional[0].length), reading);
  const [whole = "$", bare, braced] = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/.exec(text.slice(at)) ?? [];
  const name = bare ?? braced;
  const isAlone = name === undefined && !/^[\w@*?#$!({'-]/.test(text.slice(at + 1));
  add(name === undefined ? `${isAlone ? "\\" : ""}$` : `\${${name}:-}`, reading, false);
  return whole.length;
}

/** To the library the first one is `$0`, as to sh -c; a function's first one is `$1`. Those that are missing are empty. */
function argument([head, bare, braced]: RegExpExecArray, isClosed: boolean, reading: Reading): number {
  const own = Number(bare ?? braced);
  const name = reading.scope.within.isFunction ? own - 1 : own;
  if (name < 0) add("sh", reading, false);
  else add(bare !== undefined || isClosed ? `\${${name}:-}` : `\${${name}`, reading, false);
  return head.length + (bare === undefined && isClosed ? 1 : 0);
}

function substitution(text: string, at: number, reading: Reading): number {
  const { line, end, next } = readList(text, at + 2, { ...reading.scope, ends: [")"], holds: "commands" });
  if (end === undefined) throw new UnknownSyntax("the ) of a $( is missing");
  add(`$(${line})`, reading, false);
  return next - at;
}

/** A line may go on behind a backslash. */
function escaped(text: string, at: number, reading: Reading): number {
  return text.charAt(at + 1) === "\n" ? 2 : add(text.slice(at, at + 2), reading, false);
}

function backquote(reading: Reading): number {
  add(reading.isInBackquotes ? ")" : "$(", reading, !reading.isInBackquotes);
  reading.isInBackquotes = !reading.isInBackquotes;
  return 1;
}

function plain(text: string, at: number, reading: Reading): number {
  reading.end = endAt(text, at, reading);
  if (reading.end !== undefined) return reading.end.length;
  const letter = text.charAt(at);
  if (letter === "\n") return endOfLine(text.slice(at + 1), reading);
  if (/\s/.test(letter)) return add(letter, reading, reading.isStart);
  if (text.startsWith("<<<", at)) return add("<<<", reading, false);
  if (text.startsWith("<<", at)) throw new UnknownSyntax(`it has no here-documents (<<) within quotes and $( ); ${WITH_SH}`);
  const length = reading.isStart ? commandWord(text, at, reading) : 0;
  if (length > 0) return length;
  return /[;&|()]/.test(letter) ? separator(text, at, reading) : add(letter, reading, false);
}

function endAt(text: string, at: number, { out, scope, depth, isStart, isInBackquotes }: Reading): string | undefined {
  if (depth > 0 || isInBackquotes || goesOn(text, at, out)) return undefined;
  return scope.ends.find((end) => text.startsWith(end, at) && (/^[a-z}]/.test(end) ? isStart && !/^[^\s;&|()<>]/.test(text.slice(at + end.length)) : true));
}

/** Whether a `&` is part of a redirection, and an end of the line behind a pipe none. */
function goesOn(text: string, at: number, out: string): boolean {
  return (text.charAt(at) === "&" && text.charAt(at + 1) !== "&" && !isBackground(text, at)) || (text.charAt(at) === "\n" && /\|\s*$/.test(out));
}

function isBackground(text: string, at: number): boolean {
  return !/[<>|]$/.test(text.slice(0, at)) && !text.startsWith("&>", at);
}

function endOfLine(rest: string, reading: Reading): number {
  const isOpen = /(?:^|[;&|({])\s*$/.test(reading.out) || rest.trim() === "";
  add(isOpen ? " " : "; ", reading, true);
  return 1;
}

function separator(text: string, at: number, reading: Reading): number {
  const both = text.slice(at, at + 2);
  const operator = both === "&&" || both === "||" ? both : text.charAt(at);
  if (operator === "&" && isBackground(text, at) && reading.scope.within.isForeground) throw new UnknownSyntax(`it has no & within a condition or a loop; ${WITH_SH}`);
  if (operator === "(") reading.depth++;
  if (operator === ")") reading.depth--;
  return add(operator, reading, operator !== ")");
}

/** The length of a compound command that begins here, and 0 in front of a simple one. */
function commandWord(text: string, at: number, reading: Reading): number {
  const word = /^(?:\(|\{(?=\s)|[^\s;&|()<>"'`]+)/.exec(text.slice(at))?.[0] ?? "";
  if (UNKNOWN.has(word)) throw new UnknownSyntax(`it has no ${word}; ${WITH_SH}`);
  if (MISPLACED.test(text.slice(at))) throw new UnknownSyntax(`"${word}" belongs to nothing`);
  const isFunction = FUNCTION_HEAD.test(text.slice(at));
  if (!isFunction && !OPENERS.has(word)) return 0;
  if (reading.isInBackquotes) throw new UnknownSyntax(`it has no ${word} within backquotes; write $( )`);
  const { next, command } = reading.scope.open(text, isFunction ? at : at + word.length, isFunction ? FUNCTION : word, reading.scope.within);
  if (!AFTER_COMPOUND.test(text.slice(next))) throw new UnknownSyntax(`nothing but an operator can stand behind ${JSON.stringify(text.slice(at, next))}`);
  add(command, reading, true);
  return next - at;
}
