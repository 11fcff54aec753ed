// ES module syntax in files that run as CommonJS, which is how tsc compiles a .cts file, or a .ts file of a package that
// is not of type "module". oxc writes imports and exports as calls, for Vite's module runner: those calls get functions
// that work on `require` and `exports`.
import { throwFirst, type Oxc } from "./oxc.ts";
import { joinMaps, shiftMap, type SourceMap } from "./source-map.ts";

export type Transformed = { code: string; map: SourceMap };

const IMPORT = /^(const __vite_ssr_import_\d+__ = )await (?=__vite_ssr_import__\()/gm;
/** How oxc prints an export; these come first, before everything else in a module. */
const EXPORT = /^Object\.defineProperty\(__vite_ssr_exports__, ("(?:[^"\\]|\\.)*"), \{\n\tenumerable: true,\n\tconfigurable: true,\n\tget\(\) \{\n\t\treturn (.*);\n\t\}\n\}\);\n/;
const EXPORT_ALL = /^const (__vite_ssr_import_\d+__) = await __vite_ssr_import__\(("(?:[^"\\]|\\.)*")\);\n__vite_ssr_exportAll__\(\1\);$/gm;

type Export = { name: string; value: string };

export function toCommonJs(oxc: Oxc, file: string, esm: Transformed): Transformed {
  // The name's ending tells oxc the language, which is plain JavaScript by now.
  const result = oxc.moduleRunnerTransformSync(`${file}.mjs`, esm.code, { sourcemap: true });
  throwFirst(result.errors, file, esm.code);
  const { exports, rest, lines } = takeExports(result.code);
  const prelude = preludeFor(rest, exports);
  const code = prelude + rest.replace(IMPORT, "$1") + namesForImporters(rest, exports);
  const map = result.map === undefined ? esm.map : joinMaps(esm.map, result.map);
  return { code, map: shiftMap(map, { lines, columns: prelude.length }) };
}

function takeExports(code: string): { exports: Export[]; rest: string; lines: number } {
  const exports: Export[] = [];
  let rest = code;
  let lines = 0;
  for (let match = EXPORT.exec(rest); match !== null; match = EXPORT.exec(rest)) {
    const [text, name = "", value = ""] = match;
    exports.push({ name, value });
    rest = rest.slice(text.length);
    lines += text.split("\n").length - 1;
  }
  return { exports, rest, lines };
}

/** All in one line, so that the lines below stay as they are; and no more than is used, since every module has it. */
function preludeFor(rest: string, exports: readonly Export[]): string {
  const getters = exports.map(({ name, value }) => `${name}:()=>${value}`).join(",");
  const parts = ['"use strict";const __vite_ssr_import__=globalThis[Symbol.for("cordon.commonjs")](exports,require', getters === "" ? ");" : `,{${getters}});`];
  if (rest.includes("__vite_ssr_exportAll__(")) parts.push("const __vite_ssr_exportAll__=__vite_ssr_import__.all;");
  if (rest.includes("__vite_ssr_dynamic_import__(")) parts.push("const __vite_ssr_dynamic_import__=(s,o)=>import(s,o);");
  if (rest.includes("__vite_ssr_import_meta__")) parts.push("const __vite_ssr_import_meta__=__vite_ssr_import__.meta(__filename);");
  return parts.join("");
}

/** The engine finds the names that a CommonJS module exports by reading it: a dead line lists them, as esbuild's does. */
function namesForImporters(rest: string, exports: readonly Export[]): string {
  const names = exports.flatMap(({ name }) => (name === '"default"' ? [] : [`${name}: null`]));
  const all = [...rest.matchAll(EXPORT_ALL)].map(([, , specifier = '""']) => `...require(${specifier})`);
  return names.length + all.length === 0 ? "" : `\n0 && (module.exports = { ${[...names, ...all].join(", ")} });`;
}
