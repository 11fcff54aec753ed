// Here-documents, POSIX.1-2024, Shell Command Language, 2.7.4: they become `<<<` and a word, which the shell library has.
import { UnknownSyntax } from "./lines.ts";

/** A word in quotes, or one character: what a `<<` in it is not. */
const PIECE = /\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\$\(\([^`"']*?\)\)|<<<|<<(-?)[ \t]*((?:\\[\s\S]|'[^']*'|"[^"]*"|[^\s;&|<>()'"\\])+)|\n|[\s\S]/y;

type Document = { readonly at: number; readonly isIndented: boolean; readonly word: string };

/** `text` with each document as the word behind `<<<`, and its lines gone. */
export function withoutDocuments(text: string): string {
  if (!text.includes("<<")) return text;
  const out: string[] = [];
  let waiting: Document[] = [];
  let at = 0;
  while (at < text.length) {
    PIECE.lastIndex = at;
    const [piece = "", indent, word] = PIECE.exec(text) ?? [];
    at += Math.max(piece.length, 1);
    if (word !== undefined) waiting.push({ at: out.length, isIndented: indent === "-", word });
    out.push(word === undefined ? piece : "");
    if (piece !== "\n") continue;
    for (const one of waiting) {
      const { word: inline, next } = readDocument(text, at, one);
      out[one.at] = inline;
      at = next;
    }
    waiting = [];
  }
  const [missing] = waiting;
  if (missing !== undefined) throw new UnknownSyntax(`the lines of the here-document ${missing.word} are missing`);
  return out.join("");
}

/** From the start of a line up to the one that is the document's word. */
function readDocument(text: string, from: number, { isIndented, word }: Document): { word: string; next: number } {
  const end = word.replaceAll(/\\([\s\S])|['"]/g, "$1");
  const lines: string[] = [];
  for (let at = from; at < text.length; ) {
    const stop = text.indexOf("\n", at);
    const whole = text.slice(at, stop === -1 ? text.length : stop);
    const line = isIndented ? whole.replace(/^\t+/, "") : whole;
    at = stop === -1 ? text.length : stop + 1;
    // The end of the last line stays, and ends the command.
    if (line === end) return { word: asWord(lines, end !== word), next: at };
    lines.push(line);
  }
  throw new UnknownSyntax(`the here-document has no end: a line that is ${JSON.stringify(end)}`);
}

/** `<<<` puts the end of the last line there. */
function asWord(lines: readonly string[], isQuoted: boolean): string {
  if (lines.length === 0) return "</dev/null";
  const text = lines.join("\n");
  return `<<<${isQuoted ? `'${text.replaceAll("'", String.raw`'\''`)}'` : `"${inDoubleQuotes(text)}"`}`;
}

/** Quotes are letters in a document, other than within `$( )`, and so is a backslash in front of most letters. */
function inDoubleQuotes(text: string): string {
  return text.replaceAll(/\\[$`\\\n]|\\|"|\$\((?!\()(?:[^()]|\([^()]*\))*\)|`(?:[^`\\]|\\[\s\S])*`/g, (piece) => (piece === "\\" ? "\\\\" : piece === '"' ? '\\"' : piece));
}
