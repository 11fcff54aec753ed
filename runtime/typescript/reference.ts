// What oxc does not lower as tsc does, tsc's own JavaScript lowers: standard decorators, and namespaces whose parts refer
// to each other or change their exports. Bundled by itself (dist/reference.cjs), since it is large and few programs need it.
import { JsxEmit, ModuleKind, ScriptTarget, transpileModule, type CompilerOptions as TscOptions } from "@ts-morph/common/dist/typescript.js";
import type { Transformed } from "./commonjs.ts";
import type { CompilerOptions } from "./settings-file.ts";

/** Throws a SyntaxError that names the file and shows the line. */
export function translate(file: string, text: string, options: CompilerOptions): Transformed {
  const { outputText, sourceMapText, diagnostics = [] } = transpileModule(text, { fileName: file, compilerOptions: tscOptions(options), reportDiagnostics: true });
  const wrong = diagnostics[0];
  if (wrong !== undefined) throw syntaxError(file, text.slice(0, wrong.start).split("\n").length, wrong.messageText);
  return { code: outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"), map: JSON.parse(sourceMapText ?? "{}") as Transformed["map"] };
}

function syntaxError(file: string, line: number, text: string | { messageText: string }): SyntaxError {
  const message = typeof text === "string" ? text : text.messageText;
  const error = new SyntaxError(message);
  error.stack = `${file}:${line}\n\nSyntaxError: ${message}\n    at ${file}:${line}`;
  return error;
}

const JSX: Readonly<Record<string, JsxEmit>> = { react: JsxEmit.React, "react-jsx": JsxEmit.ReactJSX, "react-jsxdev": JsxEmit.ReactJSXDev };

/** Modules and whatever the engine knows stay as they are: with ESNext as target tsc would leave decorators too. */
function tscOptions(options: CompilerOptions): TscOptions {
  const { experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields, verbatimModuleSyntax, strict, strictNullChecks, jsxFactory, jsxFragmentFactory, jsxImportSource } = options;
  const given = { experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields, verbatimModuleSyntax, strict, strictNullChecks, jsxFactory, jsxFragmentFactory, jsxImportSource };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    jsx: JSX[options.jsx ?? "react"] ?? JsxEmit.ReactJSX,
    module: ModuleKind.Preserve,
    target: ScriptTarget.ES2024,
    sourceMap: true,
    inlineSources: true,
  };
}
