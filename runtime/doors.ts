// TypeScript's doors: what notices the first TypeScript file, as cheaply as it can be noticed. CommonJS files come by the
// loader's table of endings; for ES modules hooks are registered, which wait for the first import.
import { defineProperty, getBuiltinModule, Module } from "./engine.ts";
import type { Rest } from "./builtins.ts";
import type { LoadedModule } from "./modules.ts";

const ENDINGS = [".ts", ".cts", ".mts", ".tsx", ".jsx"];

/** The engine's flags that say that TypeScript is not to be run: words, since a pattern would be compiled at each start. */
const OFF = ["--no-strip-types", "--no-experimental-strip-types"];

type Loader = { _extensions: Record<string, (module: LoadedModule, file: string) => void> };

export function openDoors(rest: Rest): void {
  if (OFF.some((flag) => process.execArgv.includes(flag))) return;
  answerRequire(rest);
  watchImports(rest);
}

/** Endings that do not show up in `Object.keys(require.extensions)`, so that JavaScript resolves as ever. */
function answerRequire(rest: Rest): void {
  const { _extensions } = Module as unknown as Loader;
  const value = (module: LoadedModule, file: string): void => rest().modules.compile(module, file);
  for (const ending of ENDINGS) defineProperty(_extensions, ending, { value, writable: true, enumerable: false, configurable: true });
}

/** The engine tells of every `import()`, and of an entry that is an ES module, before it resolves anything. */
function watchImports(rest: Rest): void {
  const imports = getBuiltinModule("node:diagnostics_channel").channel("tracing:module.import:start");
  const first = (): void => {
    imports.unsubscribe(first);
    rest().modules.hook();
  };
  imports.subscribe(first);
}
