// Which module system a TypeScript or JSX file runs in.
import type { PackageType } from "./package-type.ts";
import type { CompilerOptions } from "./settings-file.ts";

export type Format = "module" | "commonjs";

/** oxc prints every import and export at the beginning of a line. */
const MODULE_SYNTAX = /^(?:import[\s{*"']|export[\s{*])/m;
const ONLY_IN_MODULES = /\bimport\.meta\b|^(?:(?:const|let|var) .*= |export .*= )?await\b|^for await\b/m;
const ONLY_IN_COMMONJS = /(?<![.\w$])(?:require\s*\(|require\.resolve|module\.exports\b|exports\.\w|__dirname\b|__filename\b)/;
const NODE_OR_COMMONJS = /^(?:commonjs|node(?:next|1[68]|20))$/i;

export function hasModuleSyntax(code: string): boolean {
  return MODULE_SYNTAX.test(code);
}

/**
 * The ending decides, then package.json. Without a type there, tsconfig.json's `module`; and without that, what the file
 * is written in, as the engine itself does it for JavaScript.
 */
export function formatOf(file: string, type: PackageType, options: CompilerOptions, code: string): Format {
  if (file.endsWith(".mts")) return "module";
  if (file.endsWith(".cts")) return "commonjs";
  if (type !== "none") return type;
  if (!hasModuleSyntax(code)) return ONLY_IN_MODULES.test(code) && !ONLY_IN_COMMONJS.test(code) ? "module" : "commonjs";
  if (ONLY_IN_MODULES.test(code)) return "module";
  return ONLY_IN_COMMONJS.test(code) || NODE_OR_COMMONJS.test(options.module ?? "") ? "commonjs" : "module";
}
