// The compound commands of POSIX.1-2024, Shell Command Language, 2.9.4: what the shell library lacks of them (if, for,
// while, until, case), and what it starts with wrong inputs and outputs (groups, subshells). Each becomes one command.
import { withoutDocuments } from "./documents.ts";
import { ENDS_OF_PIPELINE, FUNCTION, FUNCTION_HEAD, type List, type Open, readList, UnknownSyntax, type Within, WITH_SH } from "./lines.ts";

type Branch = { readonly condition: string; readonly body: string };
export type Compound =
  | { readonly kind: "group" | "subshell" | "not"; readonly body: string }
  | { readonly kind: "function"; readonly name: string; readonly body: string }
  | { readonly kind: "if"; readonly branches: readonly Branch[]; readonly otherwise: string | undefined }
  | { readonly kind: "while" | "until"; readonly loop: Branch }
  | { readonly kind: "for"; readonly name: string; readonly body: string }
  | { readonly kind: "case"; readonly items: readonly { readonly patterns: readonly RegExp[]; readonly body: string }[] };

export type Parsed = { readonly line: string; readonly compounds: readonly Compound[] };

/** The command that stands for a compound one, and the word behind its own words. */
export const COMPOUND = "__cordon_compound_";
export const END_OF_WORDS = "__cordon_end";

export function parse(text: string): Parsed {
  const compounds: Compound[] = [];
  const open: Open = (whole, at, word, within) => {
    const { compound, next, words } = readCompound(new Reader(whole, at, open, within), word);
    compounds.push(compound);
    return { next, command: `${COMPOUND}${compounds.length - 1} ${words} ${END_OF_WORDS} ` };
  };
  const { line } = readList(withoutDocuments(text), 0, { ends: [], holds: "commands", within: { isForeground: false, isFunction: false }, open });
  return { line, compounds };
}

/** The lists of commands in it. */
export function listsOf(compound: Compound): string[] {
  switch (compound.kind) {
    case "if":
      return [...compound.branches.flatMap(({ condition, body }) => [condition, body]), ...(compound.otherwise === undefined ? [] : [compound.otherwise])];
    case "while":
    case "until":
      return [compound.loop.condition, compound.loop.body];
    case "case":
      return compound.items.map(({ body }) => body);
    case "for":
    case "function":
    case "group":
    case "not":
    case "subshell":
      return [compound.body];
  }
}

/** A place in the text, which moves on as it is read. */
class Reader {
  readonly text: string;
  at: number;
  readonly open: Open;
  readonly within: Within;

  constructor(text: string, at: number, open: Open, within: Within) {
    this.text = text;
    this.at = at;
    this.open = open;
    this.within = within;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.text.slice(this.at)) ?? undefined;
    this.at += found?.[0].length ?? 0;
    return found;
  }

  list(ends: readonly string[], isForeground = true): { line: string; end: string } {
    const { line, end } = this.read(ends, "commands", isForeground);
    if (line === "") throw new UnknownSyntax(`there is no command in front of ${end}`);
    return { line, end };
  }

  read(ends: readonly string[], holds: "commands" | "words", isForeground = true): { line: string; end: string } {
    const { line, end, next }: List = readList(this.text, this.at, { ends, holds, within: { ...this.within, isForeground }, open: this.open });
    if (end === undefined) throw new UnknownSyntax(`${ends.join(" or ")} is missing`);
    this.at = next;
    return { line: line.replace(/(?<!\\)[;\s]+$/, "").trimStart(), end };
  }
}

type Found = { compound: Compound; next: number; words: string };

function readCompound(reader: Reader, word: string): Found {
  const { compound, words = "" } = ((): { compound: Compound; words?: string } => {
    switch (word) {
      case "(":
        return { compound: { kind: "subshell", body: reader.list([")"], reader.within.isForeground).line } };
      case "{":
        return { compound: { kind: "group", body: reader.list(["}"], reader.within.isForeground).line } };
      case "!":
        return { compound: { kind: "not", body: pipeline(reader) } };
      case FUNCTION:
        return { compound: definition(reader) };
      case "if":
        return { compound: conditional(reader) };
      case "for":
        return forLoop(reader);
      case "case":
        return choice(reader);
      default:
        return { compound: { kind: word === "until" ? "until" : "while", loop: { condition: reader.list(["do"]).line, body: reader.list(["done"]).line } } };
    }
  })();
  return { compound, next: reader.at, words };
}

/** Up to what ends it, which stays. */
function pipeline(reader: Reader): string {
  const { line, end = "", next }: List = readList(reader.text, reader.at, { ends: ENDS_OF_PIPELINE, holds: "commands", within: reader.within, open: reader.open });
  if (line.trim() === "") throw new UnknownSyntax("there is no command behind !");
  reader.at = next - end.length;
  return line.trim();
}

/** POSIX.1-2024, 2.9.5: the body is a compound command. */
function definition(reader: Reader): Compound {
  const name = reader.take(FUNCTION_HEAD)?.[1] ?? "";
  const word = reader.take(/^(?:\(|\{(?=\s)|(?:if|for|while|until|case)(?=\s))/)?.[0];
  if (word === undefined) throw new UnknownSyntax(`the body of the function ${name} has to stand in { }, with blanks`);
  const { next, command } = reader.open(reader.text, reader.at, word, { isForeground: true, isFunction: true });
  reader.at = next;
  if (reader.take(/^[ \t]*\d?[<>]/) !== undefined) throw new UnknownSyntax(`the function ${name} has a redirection of its own; write it within the { }`);
  return { kind: "function", name, body: command.trim() };
}

function conditional(reader: Reader): Compound {
  const branches: Branch[] = [];
  for (;;) {
    const condition = reader.list(["then"]).line;
    const { line, end } = reader.list(["elif", "else", "fi"]);
    branches.push({ condition, body: line });
    if (end !== "elif") return { kind: "if", branches, otherwise: end === "else" ? reader.list(["fi"]).line : undefined };
  }
}

function forLoop(reader: Reader): { compound: Compound; words: string } {
  const name = reader.take(/^\s+([A-Za-z_]\w*)(?![^\s;])/)?.[1];
  if (name === undefined) throw new UnknownSyntax("for needs the name of a variable");
  const words = reader.take(/^\s+in(?=[\s;])/) === undefined ? '"$@"' : reader.read([";", "\n"], "words").line;
  if (reader.take(/^[\s;]*do(?=[\s({])/) === undefined) throw new UnknownSyntax("do is missing behind for");
  return { compound: { kind: "for", name, body: reader.list(["done"]).line }, words };
}

function choice(reader: Reader): { compound: Compound; words: string } {
  const [, quoted, bare] = reader.take(/^\s+(?:("(?:[^"\\`]|\\.)*"|'[^']*')|([\w$?{}@./:=,+-]+))\s+in(?=\s)\s*/) ?? [];
  const word = quoted ?? (bare === undefined ? undefined : `"${bare}"`);
  if (word === undefined) throw new UnknownSyntax(`case needs one word and "in"; ${WITH_SH}`);
  const items: { patterns: RegExp[]; body: string }[] = [];
  while (reader.take(/^\s*esac(?![^\s;&|()<>])/) === undefined) {
    const text = reader.take(/^\s*\(?([^)`$(]+)\)/)?.[1];
    if (text === undefined) throw new UnknownSyntax(`the patterns of case have to be text with *, ? and [ ]; ${WITH_SH}`);
    const { line, end } = reader.read([";;", "esac"], "commands");
    items.push({ patterns: text.split("|").map((one) => patternOf(one.trim())), body: line });
    if (end === "esac") reader.at -= end.length;
  }
  return { compound: { kind: "case", items }, words: readList(word, 0, { ends: [], holds: "words", within: { ...reader.within, isForeground: true }, open: reader.open }).line };
}

/** POSIX.1-2024, Shell Command Language, 2.14. */
function patternOf(text: string): RegExp {
  if (/\[[.:=]/.test(text)) throw new UnknownSyntax(`it has no classes of letters in patterns; ${WITH_SH}`);
  const literal = (one: string): string => one.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const source = text.replaceAll(/\\(.)|"([^"]*)"|'([^']*)'|\[(!?)([^\]]+)\]|([*?])|([^\\])/gsu, (all, escaped?: string, double?: string, single?: string, not?: string, set?: string, wild?: string) => {
    if (wild !== undefined) return wild === "*" ? ".*" : ".";
    if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replaceAll(/[\\^[\]]/g, String.raw`\$&`)}]`;
    return literal(escaped ?? double ?? single ?? all);
  });
  return new RegExp(`^${source}$`, "su");
}
