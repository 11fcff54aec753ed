// TypeScript and JSX: bundled by itself (dist/typescript.cjs), and loaded when such a file is first met.
import { setSourceMapsSupport } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Files } from "../engine.ts";
import type { Cold } from "./cold.ts";
import { createCompiler, type Compile } from "./compile.ts";
import { installInterop } from "./interop.ts";
import { createResolver, isRelative, type ResolveFile } from "./resolve.ts";
import { createSettingsFinder } from "./settings-file.ts";
import type { TransformSetting } from "./transform.ts";

export type Setting = {
  /** The folder of the bundles. */
  folder: string;
  cache: string | undefined;
  inspected: boolean;
  files: Files;
  preserveSymlinks: boolean;
  load(name: "cold" | "reference"): unknown;
};

export type TypeScript = {
  compile: Compile;
  /** The file that a specifier in `parent` leads to, or nothing: then the engine's own way is the right one. */
  resolve(specifier: string, parent: string): string | undefined;
  /** After the engine found nothing: the source of what it looked for. */
  resolveMissing(url: string): string | undefined;
};

export function createTypeScript(setting: Setting): TypeScript {
  const settingsOf = createSettingsFinder(setting.files);
  let resolver: ResolveFile | undefined;
  const resolveFile: ResolveFile = (...given) => (resolver ??= createResolver(setting.files, settingsOf, setting.preserveSymlinks))(...given);
  let cold: Cold | undefined;
  installInterop();
  setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
  return {
    compile: createCompiler({
      files: setting.files,
      cache: setting.inspected ? undefined : setting.cache,
      settingsOf,
      // The bundle is ours: its one export is the function that the type names.
      cold: () => (cold ??= (setting.load("cold") as { createCold: (setting: TransformSetting) => Cold }).createCold(setting)),
    }),
    resolve: (specifier, parent) => resolveFrom(resolveFile, specifier, parent),
    resolveMissing: (url) => (url.startsWith("file:") ? resolveFile(fileURLToPath(url), "/") : undefined),
  };
}

/** Specifiers may be URLs, and may carry a query: what the engine makes of those stays as it is. */
function resolveFrom(resolveFile: ResolveFile, specifier: string, parent: string): string | undefined {
  if (specifier.includes("?") || specifier.includes("#")) return undefined;
  if (specifier.startsWith("file:")) return resolveFile(fileURLToPath(specifier), "/");
  if (!isRelative(specifier) && !specifier.startsWith("/") && /^[a-z]+:/.test(specifier)) return undefined;
  return resolveFile(isRelative(specifier) ? decode(specifier) : specifier, dirname(parent));
}

function decode(specifier: string): string {
  return specifier.includes("%") ? decodeURIComponent(specifier) : specifier;
}
