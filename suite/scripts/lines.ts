// What /bin/sh takes and the shell library does not: translated where it means the same, and refused by name where the
// library would run something else. POSIX.1-2024, Shell Command Language.

/** Something of /bin/sh that this shell does not have. */
export class UnknownSyntax extends Error {}

/** How what a compound command stands for is read: where it goes on, and the command in its place. */
export type Opened = { readonly next: number; readonly command: string };
export type Open = (text: string, at: number, word: string, isForeground: boolean) => Opened;

/** What ends the text that is read, and what is not in it. */
export type Scope = {
  /** Words where a command could begin, or `)`, `;`, `;;` and the end of a line anywhere. */
  readonly ends: readonly string[];
  /** `words`: what is no command, as behind `for x in`. */
  readonly holds: "commands" | "words";
  /** Commands behind which the rest cannot go on: in loops and conditions. */
  readonly isForeground: boolean;
  readonly open: Open;
};
export type List = { readonly line: string; readonly end: string | undefined; readonly next: number };

export const WITH_SH = 'write a file of JavaScript, or sh -c with "sh" among the run grants';
const OPENERS: ReadonlySet<string> = new Set(["if", "for", "while", "until", "case", "{", "("]);
const UNKNOWN: ReadonlySet<string> = new Set(["function", "select", "[["]);
/** Words that belong to a compound command. */
const INNER = String.raw`(?:then|elif|else|fi|do|done|esac|\})(?![^\s;&|()<>])`;
const AFTER_COMPOUND = new RegExp(String.raw`^[ \t]*(?:$|[\n;&|)<>]|\d[<>]|${INNER})`);
const MISPLACED = new RegExp(`^${INNER}`);

type Reading = { out: string; quote: string; isInBackquotes: boolean; isStart: boolean; isNegated: boolean; depth: number; end: string | undefined; readonly scope: Scope };

/** Backquotes become `$( )`, the end of a line `;`, and `$NAME` what is empty where it is not set. */
export function readList(text: string, from: number, scope: Scope): List {
  const reading: Reading = { out: "", quote: "", isInBackquotes: false, isStart: scope.holds === "commands", isNegated: false, depth: 0, end: undefined, scope };
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
  if (sum !== undefined) return add(sum, reading, false);
  if (text.startsWith("$(", at) && !text.startsWith("$((", at)) return substitution(text, at, reading);
  const [whole = "$", bare, braced] = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/.exec(text.slice(at)) ?? [];
  const name = bare ?? braced;
  const isAlone = name === undefined && !/^[\w@*?#$!({'-]/.test(text.slice(at + 1));
  add(name === undefined ? `${isAlone ? "\\" : ""}$` : `\${${name}:-}`, reading, false);
  return whole.length;
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
  if (text.startsWith("<<", at)) throw new UnknownSyntax(`it has no here-documents (<<); ${WITH_SH}`);
  const length = reading.isStart ? commandWord(text, at, reading) : 0;
  if (length > 0) return length;
  return /[;&|()]/.test(letter) ? separator(text, at, reading) : add(letter, reading, false);
}

function endAt(text: string, at: number, { scope, depth, isStart, isInBackquotes }: Reading): string | undefined {
  if (depth > 0 || isInBackquotes) return undefined;
  return scope.ends.find((end) => text.startsWith(end, at) && (/^[a-z}]/.test(end) ? isStart && !/^[^\s;&|()<>]/.test(text.slice(at + end.length)) : true));
}

function endOfLine(rest: string, reading: Reading): number {
  reading.isNegated = false;
  const goesOn = /(?:^|[;&|({])\s*$/.test(reading.out) || rest.trim() === "";
  add(goesOn ? " " : "; ", reading, true);
  return 1;
}

function separator(text: string, at: number, reading: Reading): number {
  const both = text.slice(at, at + 2);
  const operator = both === "&&" || both === "||" ? both : text.charAt(at);
  if (operator === "|" && reading.isNegated) throw new UnknownSyntax(`it has no ! in front of a pipe; ${WITH_SH}`);
  const isBackground = operator === "&" && !/[<>|]$/.test(text.slice(0, at)) && both !== "&>";
  if (isBackground && reading.scope.isForeground) throw new UnknownSyntax(`it has no & within a condition or a loop; ${WITH_SH}`);
  if (operator !== "|") reading.isNegated = false;
  if (operator === "(") reading.depth++;
  if (operator === ")") reading.depth--;
  return add(operator, reading, operator !== ")");
}

/** The length of a compound command that begins here, and 0 in front of a simple one. */
function commandWord(text: string, at: number, reading: Reading): number {
  const word = /^(?:\(|\{(?=\s)|[^\s;&|()<>"'`]+)/.exec(text.slice(at))?.[0] ?? "";
  if (UNKNOWN.has(word)) throw new UnknownSyntax(`it has no ${word}; ${WITH_SH}`);
  if (MISPLACED.test(text.slice(at))) throw new UnknownSyntax(`"${word}" belongs to nothing`);
  if (word === "!") return negation(reading);
  if (!OPENERS.has(word)) return 0;
  if (reading.isInBackquotes) throw new UnknownSyntax(`it has no ${word} within backquotes; write $( )`);
  const { next, command } = reading.scope.open(text, at + word.length, word, reading.scope.isForeground);
  if (!AFTER_COMPOUND.test(text.slice(next))) throw new UnknownSyntax(`nothing but an operator can stand behind ${JSON.stringify(text.slice(at, next))}`);
  add(command, reading, true);
  return next - at;
}

function negation(reading: Reading): number {
  reading.isNegated = true;
  return add("!", reading, true);
}
