// One TypeScript or JSX file → JavaScript that the engine runs: bundled by itself (dist/transform.cjs), since a warm start
// does not need it.
import { pathToFileURL } from "node:url";
import type { Files } from "../engine.ts";
import { toCommonJs, type Transformed } from "./commonjs.ts";
import { formatOf, hasModuleSyntax, type Format } from "./format.ts";
import { loadOxc, oxcOptions, throwFirst, type Language } from "./oxc.ts";
import type { PackageType } from "./package-type.ts";
import type { CompilerOptions } from "./settings-file.ts";
import { shiftMap } from "./source-map.ts";

export type TransformSetting = {
  /** The folder of the bundles and the addon. */
  folder: string;
  /** A debugger wants maps that hold the sources. */
  inspected: boolean;
  files: Files;
  load(name: "reference"): unknown;
};

export type Output = Transformed & { format: Format };
export type Transform = (file: string, type: PackageType, options: CompilerOptions) => Output;

type Translate = (file: string, text: string, options: CompilerOptions) => Transformed;

/** As oxc prints them: no quote and no comment stands before a decorator in its line. */
const DECORATED = /^(?:[^*/"'`\n@]*[\s(=,])?@[\w$(]|^\t+(?:static )?accessor [\w#[$"']/m;
const NAMESPACE = /^\t*\(function\(_[\w$]+\) \{$/m;
/** tsc decorates instance members first, wherever they stand; oxc goes by their order. */
const DECORATED_STATIC = /@[\w$.]+(?:\(.*\))?\s+(?:(?:public|private|protected|override)\s+)*static\s/;
const REST_PARAMETER = /\.\.\.[\w$]+\s*:/;
const HELPERS = 'const babelHelpers=globalThis[Symbol.for("cordon.decorators")];';

export function createTransform(setting: TransformSetting): Transform {
  const oxc = loadOxc(`${setting.folder}/oxc.node`);
  // The bundle is ours: its one export is the function that the type names.
  const translate: Translate = (...given) => (setting.load("reference") as { translate: Translate }).translate(...given);
  return (file, type, options) => {
    const text = setting.files.readFileSync(file, "utf8");
    const result = oxc.transformSync(file, text, oxcOptions(languageOf(file), options));
    throwFirst(result.errors, file, text);
    let transformed: Transformed = { code: result.code, map: result.map ?? { version: 3, sources: [file], names: [], mappings: "" } };
    const otherwise = isLoweredOtherwise(text, transformed.code, options);
    if (otherwise) transformed = translate(file, text, options);
    const format = formatOf(file, type, options, transformed.code);
    if (format === "commonjs" && hasModuleSyntax(transformed.code)) transformed = toCommonJs(oxc, file, transformed);
    if (!otherwise && Object.keys(result.helpersUsed ?? {}).length > 0) transformed = withHelpers(transformed);
    return { ...finished(transformed, file, setting), format };
  };
}

/** Where oxc leaves something to do, or does it otherwise than tsc. */
function isLoweredOtherwise(text: string, code: string, options: CompilerOptions): boolean {
  if (options.experimentalDecorators !== true) return DECORATED.test(code) || NAMESPACE.test(code);
  return NAMESPACE.test(code) || DECORATED_STATIC.test(text) || (options.emitDecoratorMetadata === true && REST_PARAMETER.test(text));
}

function withHelpers({ code, map }: Transformed): Transformed {
  return { code: HELPERS + code, map: shiftMap(map, { lines: 0, columns: HELPERS.length }) };
}

function finished({ code, map }: Transformed, file: string, setting: TransformSetting): Transformed {
  const { sourcesContent, ...rest } = map;
  const sources = [file];
  return { code, map: setting.inspected && sourcesContent !== undefined ? { ...rest, sources, sourcesContent } : { ...rest, sources } };
}

/** `.jsx` files may hold types no more than JavaScript may. */
function languageOf(file: string): Language {
  if (file.endsWith(".tsx")) return "tsx";
  return file.endsWith(".jsx") ? "jsx" : "ts";
}

/** The last line of a module whose map is in a file. The engine takes a path there, and no file: URL. */
export function linkToMap(path: string): string {
  return `\n//# sourceMappingURL=${pathToFileURL(path).pathname}`;
}

export function inlineMap(map: Transformed["map"]): string {
  return `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;
}
