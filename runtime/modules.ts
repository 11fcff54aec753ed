// TypeScript, from the first file of it on; doors.ts notices that.
import type ModuleLoader from "node:module";
import type { ImportAttributes as Attributes, LoadFnOutput } from "node:module";
import { apply, getBuiltinModule, isObject, Module, moduleBuiltin, type Bag, type Callable } from "./engine.ts";
import type { Guardian } from "./builtins.ts";
import type { Explainer } from "./explainer.ts";
import { replace } from "./look-alike.ts";
import type { Setting, TypeScript } from "./typescript/index.ts";

/** The one module of cordon's own; `require` answers for it. */
const SHOWN = "cordon:http";
const SHOWN_SOURCE = `import { createRequire } from "node:module";
export const { httpStats, onDrop, prometheus } = createRequire("/")("${SHOWN}");
`;
const SOURCE = /\.(?:[cm]?ts|[jt]sx)$/;

/** A module of the CommonJS loader. */
export type LoadedModule = { _compile(code: string, file: string, format: string): void };

export type Modules = {
  /** What `require` does with a file of TypeScript. */
  compile(module: LoadedModule, file: string): void;
  /** Registers the hooks for ES modules, which slow down `require`. */
  hook(): void;
  /** V8's code cache, for all that is loaded from here on: the program's packages too. */
  cacheCode(): void;
};

export function createModules(explainer: Explainer, guardian: Guardian, folder: string): Modules {
  let typescript: TypeScript | undefined;
  let hooked = false;
  const cacheCode = (): void => {
    const { cache, isCodeCached } = explainer.settings;
    if (cache !== undefined && !isCodeCached) moduleBuiltin().enableCompileCache(`${cache}/v8`);
  };
  const load = (): TypeScript => {
    if (typescript !== undefined) return typescript;
    cacheCode();
    const setting: Setting = { folder, cache: explainer.settings.cache, ...engineFlags(), files: explainer.files, load: explainer.load };
    // The bundle is ours: its one export is the function that the type names.
    typescript = (explainer.load("typescript") as { createTypeScript: (setting: Setting) => TypeScript }).createTypeScript(setting);
    resolveForRequire(typescript);
    return typescript;
  };
  const hook = (): void => {
    if (!hooked) registerHooks(load, guardian, explainer);
    hooked = true;
  };
  return {
    compile(module, file) {
      const { code, format } = load().compile(file);
      if (format === "module") hook();
      module._compile(code, file, format);
    },
    hook,
    cacheCode,
  };
}

function engineFlags(): { inspected: boolean; preserveSymlinks: boolean } {
  const flags = process.execArgv;
  return { inspected: flags.some((flag) => flag.startsWith("--inspect")), preserveSymlinks: flags.includes("--preserve-symlinks") };
}

function resolveForRequire(typescript: TypeScript): void {
  replace(Module as unknown as Bag, "_resolveFilename", {
    apply(original, self, args) {
      const [request, parent] = args;
      const from = isObject(parent) ? parent.filename : undefined;
      if (typeof request !== "string" || typeof from !== "string") return apply(original, self, args);
      const found = SOURCE.test(from) ? typescript.resolve(request, from) : undefined;
      return found ?? resolveOrSource(original, self, args, () => typescript.resolve(request, from));
    },
  });
}

function resolveOrSource(original: Callable, self: unknown, args: unknown[], source: () => string | undefined): unknown {
  try {
    return apply(original, self, args);
  } catch (error) {
    const found = isObject(error) && error.code === "MODULE_NOT_FOUND" ? source() : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

function registerHooks(load: () => TypeScript, guardian: Guardian, explainer: Explainer): void {
  const { fileURLToPath, pathToFileURL } = getBuiltinModule("node:url");
  type Resolve = NonNullable<Parameters<typeof ModuleLoader.registerHooks>[0]["resolve"]>;
  /** Caught and thrown again, an error would be shown at a line of ours. */
  const explained = (next: Parameters<Resolve>[2]): Parameters<Resolve>[2] => (specifier, context) => {
    let isFound = false;
    try {
      const found = next(specifier, context);
      isFound = true;
      return found;
    } finally {
      const { parentURL } = context ?? {};
      if (!isFound && parentURL?.startsWith("file:") === true) explainer.explainModule(specifier, fileURLToPath(parentURL));
    }
  };
  moduleBuiltin().registerHooks({
    resolve(specifier, context, nextResolve) {
      const { parentURL } = context;
      if (specifier === SHOWN) return { url: SHOWN, format: "module", shortCircuit: true };
      const next = explained(nextResolve);
      // `import.meta.resolve(name, parent)` takes anything, and says itself what it does not like.
      const parent = typeof parentURL === "string" && parentURL.startsWith("file:") && SOURCE.test(parentURL) ? fileURLToPath(parentURL) : undefined;
      if (parent === undefined || context.conditions.includes("require")) return next(specifier, context);
      const found = load().resolve(specifier, parent);
      if (found !== undefined) return { url: pathToFileURL(found).href, shortCircuit: true, ...attributesFor(found, context.importAttributes) };
      try {
        return next(specifier, context);
      } catch (error) {
        const url = isObject(error) && (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "ERR_UNSUPPORTED_DIR_IMPORT") ? error.url : undefined;
        const source = typeof url === "string" ? load().resolveMissing(url) : undefined;
        if (source === undefined) throw error;
        return { url: pathToFileURL(source).href, shortCircuit: true };
      }
    },
    load(url, context, next) {
      if (url === SHOWN) return { format: "module", source: SHOWN_SOURCE, shortCircuit: true };
      if (url.startsWith("node:")) guardian(url);
      const path = url.startsWith("file:") ? withoutQuery(url) : "";
      if (url.startsWith("data:")) return loadData(url, () => next(url, context));
      if (!SOURCE.test(path)) return next(url, context);
      const { code, format } = load().compile(fileURLToPath(path));
      return { format, source: code, shortCircuit: true };
    },
  });
}

/**
 * A type that the engine cannot load has no format, which is an error of its own where there are hooks. Called by the type's
 * name it is unknown, as it is without hooks.
 */
function loadData(url: string, load: () => LoadFnOutput): LoadFnOutput {
  try {
    return load();
  } catch (error) {
    if (!isObject(error) || error.code !== "ERR_INVALID_RETURN_PROPERTY_VALUE") throw error;
    return { format: /^data:([^/]+\/[^;,]+)/.exec(url)?.[1] ?? "null", source: "", shortCircuit: true };
  }
}

/** TypeScript imports JSON without saying so. */
function attributesFor(file: string, given: Attributes): { importAttributes?: Attributes } {
  return file.endsWith(".json") && given.type === undefined ? { importAttributes: { ...given, type: "json" } } : {};
}

function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}
