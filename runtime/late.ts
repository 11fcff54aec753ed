// The part of the runtime that most starts do without: bundled by itself (dist/late.cjs), and loaded when the program first
// uses a builtin that gets guards, TypeScript or ES modules.
import type { Guardian } from "./builtins.ts";
import { getBuiltinModule, isObject } from "./engine.ts";
import { createExplainer, type Explainer } from "./explainer.ts";
import type { Guards, Start } from "./guards/index.ts";
import type { HandedOver } from "./handed-over.ts";
import type { Load } from "./loader.ts";
import { createModules, type Modules } from "./modules.ts";
import { settingsFrom } from "./settings.ts";

export type Late = {
  explainer: Explainer;
  modules: Modules;
  /** Puts guards on a builtin, once. */
  guard(name: string): void;
  /** Remembers who calls `fetch`. */
  noteFetch(): void;
};

type FilesBundle = { guardFiles(explainer: Explainer, guardian: Guardian): void };
type GuardsBundle = { createGuards(explainer: Explainer, start: Start): Guards };

export function createLate(handed: HandedOver, start: Start, load: Load, guardian: Guardian): Late {
  const folder = import.meta.dirname;
  const explainer = createExplainer(settingsFrom(handed), folder, load);
  const done = new Set<string>();
  let guards: Guards | undefined;
  return {
    explainer,
    modules: createModules(explainer, guardian, folder),
    guard(name) {
      if (done.has(name)) return;
      done.add(name);
      // The bundles are ours: their one export is the function that the type names.
      if (name === "fs") return (load("files") as FilesBundle).guardFiles(explainer, guardian);
      guards ??= (load("guards") as GuardsBundle).createGuards(explainer, start);
      const exports: unknown = getBuiltinModule(`node:${name}`);
      if (isObject(exports)) guards[name]?.(exports);
    },
    noteFetch() {
      explainer.fetching = explainer.callerNow();
    },
  };
}
