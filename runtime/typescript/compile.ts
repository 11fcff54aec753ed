// A TypeScript or JSX file as JavaScript: from the cache where that holds it, and else transformed.
import { flushCompileCache } from "node:module";
import { basename } from "node:path";
import type { Files } from "../engine.ts";
import type { Format } from "./format.ts";
import { openPack, type Entry, type Pack } from "./pack.ts";
import { createTypeFinder, type PackageType } from "./package-type.ts";
import type { CompilerOptions, ProjectSettings } from "./settings-file.ts";
import type { Cold } from "./cold.ts";

export type Compile = (file: string) => { code: string; format: Format };

export type CompilerSetting = {
  files: Files;
  /** Where results are kept; without it every start transforms anew. */
  cache: string | undefined;
  settingsOf(folder: string): ProjectSettings;
  /** What only a transform needs. */
  cold(): Cold;
};

/** A file that changed so lately could change again without another time stamp: https://git-scm.com/docs/racy-git */
const RACY_MS = 20;
const SAVE_AFTER_MS = 100;

export function createCompiler({ files, cache, settingsOf, cold }: CompilerSetting): Compile {
  const typeOf = createTypeFinder(files);
  const pack = cache === undefined ? undefined : openPack(`${cache}/typescript/${nameFor(process.argv[1] ?? "eval")}.pack`, files);
  const compiled = new Map<string, Entry>();
  let saveSoon: (() => void) | undefined;
  const renew = (file: string, stamp: string, type: PackageType, options: CompilerOptions): Entry => {
    const { transform, keepMap, inlineMap, save } = cold();
    const { code, map, format } = transform(file, type, options);
    const entry = { stamp, format, code: code + (cache === undefined ? inlineMap(map) : keepMap(`${cache}/typescript/maps/${nameFor(file)}.map`, map)) };
    compiled.set(file, entry);
    if (pack !== undefined) (saveSoon ??= saver(pack, save))();
    return entry;
  };
  return (file) => {
    const folder = file.slice(0, file.lastIndexOf("/")) || "/";
    const type = typeOf(folder);
    const settings = settingsOf(folder);
    const status = files.statSync(file);
    const stamp = `${status.size} ${status.mtimeMs} ${status.ctimeMs} ${status.ino} ${type} ${settings.key}`;
    const known = compiled.get(file) ?? pack?.get(file);
    if (known?.stamp === stamp) return known;
    const entry = renew(file, stamp, type, settings.options);
    if (Date.now() - status.ctimeMs > RACY_MS) pack?.added.set(file, entry);
    return entry;
  };
}

/** A name for people and, with the sum of the whole path (FNV-1a), for one file. */
function nameFor(path: string): string {
  let sum = 0x811c9dc5;
  for (let index = 0; index < path.length; index++) sum = Math.imul(sum ^ path.charCodeAt(index), 0x01000193) >>> 0;
  return `${basename(path).slice(-80)}-${sum.toString(36)}${path.length.toString(36)}`;
}

/** Saves when nothing new came for a while, for servers, which are ended by signals; and at the end. */
function saver(pack: Pack, savePack: (pack: Pack) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const save = (): void => {
    timer = undefined;
    savePack(pack);
    flushCompileCache();
  };
  process.once("exit", save);
  return () => {
    if (timer === undefined) timer = setTimeout(save, SAVE_AFTER_MS).unref();
    else timer.refresh();
  };
}
