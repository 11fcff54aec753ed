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
  /** What the module cordon:http exports. */
  shown(): object;
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
  let shown: Record<string, unknown> | undefined;
  // The bundle is ours: its one export is the function that the type names.
  const loadGuards = (): Guards => (guards ??= (load("guards") as GuardsBundle).createGuards(explainer, start));
  return {
    explainer,
    modules: createModules(explainer, guardian, folder),
    guard(name) {
      if (done.has(name)) return;
      done.add(name);
      // The bundle is ours: its one export is the function that the type names.
      if (name === "fs") return (load("files") as FilesBundle).guardFiles(explainer, guardian);
      const exports: unknown = getBuiltinModule(`node:${name}`);
      const { [name]: guard } = loadGuards();
      if (isObject(exports)) guard?.(exports);
    },
    shown() {
      if (shown !== undefined) return shown;
      shown = {};
      loadGuards()["cordon:http"]?.(shown);
      return shown;
    },
    noteFetch() {
      explainer.fetching = explainer.callerNow();
    },
  };
}
