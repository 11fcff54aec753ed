// The transform itself: oxc, a native addon of cordon's own that is copied beside the bundles.
import type { OxcError, TransformOptions, TransformResult } from "oxc-transform";
import type { CompilerOptions } from "./settings-file.ts";
import type { SourceMap } from "./source-map.ts";

/** The part of oxc-transform's functions that is used; the package's own loader would cost 10 ms. */
export type Oxc = {
  transformSync(file: string, text: string, options: TransformOptions): TransformResult;
  moduleRunnerTransformSync(file: string, text: string, options: { sourcemap: boolean }): { code: string; map?: SourceMap; errors: OxcError[] };
};

export function loadOxc(file: string): Oxc {
  const module: { exports: unknown } = { exports: {} };
  process.dlopen(module, file);
  // The addon is ours, built from the version that the types are of.
  return module.exports as Oxc;
}

export type Language = "ts" | "tsx" | "jsx";

/** oxc's options for what a tsconfig.json says. Nothing but types, JSX and decorators is lowered: the engine knows the rest. */
export function oxcOptions(language: Language, options: CompilerOptions): TransformOptions {
  const defines = definesFields(options);
  return {
    lang: language,
    sourceType: "module",
    target: "esnext",
    sourcemap: true,
    helpers: { mode: "External" as never },
    typescript: {
      onlyRemoveTypeImports: options.verbatimModuleSyntax === true,
      removeClassFieldsWithoutInitializer: !defines,
      ...(options.jsxFactory === undefined ? {} : { jsxPragma: options.jsxFactory }),
      ...(options.jsxFragmentFactory === undefined ? {} : { jsxPragmaFrag: options.jsxFragmentFactory }),
    },
    assumptions: { setPublicClassFields: !defines },
    decorator: {
      legacy: options.experimentalDecorators === true,
      emitDecoratorMetadata: options.emitDecoratorMetadata === true,
      strictNullChecks: options.strictNullChecks ?? options.strict ?? true,
    },
    jsx: jsxOptions(options),
  };
}

/** The default depends on the target: https://www.typescriptlang.org/tsconfig/#useDefineForClassFields */
function definesFields({ useDefineForClassFields, target }: CompilerOptions): boolean {
  if (useDefineForClassFields !== undefined) return useDefineForClassFields;
  return target === undefined || /^es(?:next|20(?:2[2-9]|[3-9]\d))$/i.test(target);
}

function jsxOptions(options: CompilerOptions): NonNullable<TransformOptions["jsx"]> {
  const mode = options.jsx ?? (options.jsxImportSource === undefined ? "react" : "react-jsx");
  if (mode === "react") {
    return { runtime: "classic", pure: false, pragma: options.jsxFactory ?? "React.createElement", pragmaFrag: options.jsxFragmentFactory ?? "React.Fragment" };
  }
  // `preserve` and `react-native` leave JSX to a bundler: there is none here, so it is lowered as those bundlers do.
  return { runtime: "automatic", pure: false, development: mode === "react-jsxdev", importSource: options.jsxImportSource ?? "react" };
}

/** Throws a SyntaxError that names the file and shows the line. */
export function throwFirst(errors: readonly OxcError[], file: string, text: string): void {
  const error = errors.find(({ severity }) => severity === ("Error" as never));
  if (error === undefined) return;
  const start = error.labels[0]?.start ?? 0;
  const line = Buffer.from(text).subarray(0, start).toString().split("\n").length;
  const failure = new SyntaxError(error.message);
  failure.stack = `${file}:${line}\n${error.codeframe ?? ""}\n\nSyntaxError: ${error.message}\n    at ${file}:${line}`;
  throw failure;
}
