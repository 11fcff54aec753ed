// What /bin/sh takes and the shell library does not: translated where it means the same, and refused by name where the
// library would run something else. POSIX.1-2024, Shell Command Language.

/** Something of /bin/sh that this shell does not have. */
export class UnknownSyntax extends Error {}

const WITH_SH = 'write a file of JavaScript, or sh -c with "sh" among the run grants';
/** Words that begin a compound command. */
const KEYWORDS: ReadonlySet<string> = new Set(["if", "for", "while", "until", "case", "function", "select", "[["]);

type Reading = { out: string; quote: string; isInBackquotes: boolean; isStart: boolean; isNegated: boolean };

/** Backquotes become `$( )`, the end of a line `;`, and `$NAME` what is empty where it is not set. */
export function translated(text: string): string {
  const reading: Reading = { out: "", quote: "", isInBackquotes: false, isStart: true, isNegated: false };
  for (let at = 0; at < text.length; ) at += step(text, at, reading);
  return reading.out;
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
  const [whole = "$", bare, braced] = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/.exec(text.slice(at)) ?? [];
  const name = bare ?? braced;
  const isAlone = name === undefined && !/^[\w@*?#$!({'-]/.test(text.slice(at + 1));
  add(name === undefined ? `${isAlone ? "\\" : ""}$` : `\${${name}:-}`, reading, false);
  return whole.length;
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
  const letter = text.charAt(at);
  if (letter === "\n") return endOfLine(text.slice(at + 1), reading);
  if (/\s/.test(letter)) return add(letter, reading, reading.isStart);
  if (text.startsWith("<<<", at)) return add("<<<", reading, false);
  if (text.startsWith("<<", at)) throw new UnknownSyntax(`it has no here-documents (<<); ${WITH_SH}`);
  if (reading.isStart) refuseKeyword(/^[^\s;&|()<>"'`]+/.exec(text.slice(at))?.[0] ?? "", reading);
  return /[;&|({]/.test(letter) ? separator(text, at, reading) : add(letter, reading, false);
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
  if (operator !== "|") reading.isNegated = false;
  return add(operator, reading, true);
}

function refuseKeyword(word: string, reading: Reading): void {
  if (KEYWORDS.has(word)) throw new UnknownSyntax(`it has no ${word}; ${WITH_SH}`);
  if (word === "!") reading.isNegated = true;
}
