// Loads the bundles of dist/ that are not needed at every start.
import { apply, getBuiltinModule, Module, type Callable } from "./engine.ts";

/** Gives the exports of another bundle in dist/. */
export type Load = (name: "late" | "explanation" | "files" | "guards" | "http" | "learning" | "remade" | "shared" | "typescript" | "cold" | "reference") => unknown;

type LoadedModule = { exports: unknown; filename: string; require: unknown; _compile: Callable };

/**
 * Loads as the engine does, but by functions that the program did not change, and unseen by those that it did. The first
 * bundle is loaded before the program can have node:fs.
 */
export function createLoader(folder: string): Load {
  const BareModule = Module as unknown as new (file: string) => LoadedModule;
  const compile = (BareModule.prototype as LoadedModule)._compile;
  let read: Callable | undefined;
  return (name) => {
    read ??= getBuiltinModule("node:fs").readFileSync as Callable;
    const file = `${folder}/${name}.cjs`;
    const module = new BareModule(file);
    module.filename = file;
    module.require = getBuiltinModule;
    apply(compile, module, [apply(read, undefined, [file, "utf8"]), file, "commonjs"]);
    return module.exports;
  };
}
