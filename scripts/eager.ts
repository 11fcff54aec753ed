// V8 compiles most functions at their first call, and its code cache holds only what was compiled when a file was loaded:
// then already it compiles functions in parentheses (https://v8.dev/blog/preparser#pife). For bundles that come from the
// cache at each start, so all of their functions get parentheses.
import { parseAst } from "rolldown/parseAst";

type Node = { type: string; start: number; end: number; [key: string]: unknown };
type Edit = { at: number; text: string };

const PROLOGUE = '"use strict";';

/** The same program: declarations of functions become constants at its beginning, where hoisting puts them anyway. */
export function eager(code: string): string {
  const { body } = parseAst(code) as unknown as { body: Node[] };
  const edits = body.flatMap((statement) => editsOf(statement, isPlain(statement)));
  const declared = body.filter(isPlain);
  const constants = declared.map((node) => `const ${nameOf(node)}=(${edited(code, edits, node).replace(/^function \w+/, "function")});`);
  const rest = body.filter((statement) => !isPlain(statement)).map((statement) => edited(code, edits, statement));
  const after = code.slice(body.at(-1)?.end ?? 0);
  return PROLOGUE + constants.join("") + rest.filter((text) => text !== PROLOGUE).join("\n") + after;
}

function isPlain(node: Node): boolean {
  return node.type === "FunctionDeclaration" && node.generator !== true && node.async !== true;
}

function nameOf(node: Node): string {
  return (node.id as { name: string }).name;
}

/** Parentheses around function expressions and arrow functions; those of methods and accessors are part of their syntax. */
function editsOf(node: Node, isDeclared: boolean): Edit[] {
  const own = node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
  const edits: Edit[] = own && !isDeclared ? [{ at: node.start, text: "(" }, { at: node.end, text: ")" }] : [];
  const isMethod = node.type === "MethodDefinition" || (node.type === "Property" && (node.method === true || node.kind !== "init"));
  for (const [key, value] of Object.entries(node)) {
    for (const child of [value].flat()) if (isNode(child)) edits.push(...editsOf(child, isMethod && key === "value"));
  }
  return edits;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function edited(code: string, edits: readonly Edit[], { start, end }: Node): string {
  let [text, at] = ["", start];
  for (const edit of edits.filter((one) => one.at >= start && one.at <= end).toSorted((one, other) => one.at - other.at)) {
    text += code.slice(at, edit.at) + edit.text;
    at = edit.at;
  }
  return text + code.slice(at, end);
}
