// tsconfig.json: what of it decides how a file runs. https://www.typescriptlang.org/tsconfig/
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Files } from "../engine.ts";
import { parseWithComments } from "./json.ts";

export type CompilerOptions = {
  experimentalDecorators?: boolean;
  emitDecoratorMetadata?: boolean;
  useDefineForClassFields?: boolean;
  verbatimModuleSyntax?: boolean;
  strict?: boolean;
  strictNullChecks?: boolean;
  target?: string;
  module?: string;
  jsx?: string;
  jsxFactory?: string;
  jsxFragmentFactory?: string;
  jsxImportSource?: string;
  baseUrl?: string;
  paths?: Record<string, string[]>;
};

export type ProjectSettings = {
  options: CompilerOptions;
  /** Where relative `paths` start. */
  pathsFolder?: string;
  /** `options` as text: files that were transformed with other options are transformed anew. */
  key: string;
};

type SettingsFile = { options: CompilerOptions; pathsFolder?: string };

const NONE: ProjectSettings = { options: {}, key: "" };
const DEEPEST_EXTENDS = 16;

/** A function that finds the settings for the files of a folder: those of the nearest tsconfig.json. */
export function createSettingsFinder(files: Files): (folder: string) => ProjectSettings {
  const byFolder = new Map<string, ProjectSettings>();
  const find = (folder: string): ProjectSettings => {
    const known = byFolder.get(folder);
    if (known !== undefined) return known;
    const file = `${folder === "/" ? "" : folder}/tsconfig.json`;
    const parent = dirname(folder);
    const found = isFile(file, files) ? readSettings(file, files) : parent === folder ? NONE : find(parent);
    byFolder.set(folder, found);
    return found;
  };
  return find;
}

function readSettings(file: string, files: Files): ProjectSettings {
  const { options, pathsFolder } = inConfigDir(readWithBase(file, files, 0), dirname(file));
  const settings: ProjectSettings = { options, key: JSON.stringify({ ...options, baseUrl: undefined, paths: undefined }) };
  if (pathsFolder !== undefined) settings.pathsFolder = pathsFolder;
  return settings;
}

const CONFIG_DIR = "${configDir}";

/** `${configDir}` is the folder of the file that counts, whichever base it is written in. */
function inConfigDir({ options, ...rest }: SettingsFile, folder: string): SettingsFile {
  const here = (text: unknown): unknown => (typeof text === "string" && text.startsWith(CONFIG_DIR) ? folder + text.slice(CONFIG_DIR.length) : text);
  const { paths } = options;
  const named = typeof paths === "object" && paths !== null ? Object.entries(paths).map(([name, places]) => [name, Array.isArray(places) ? places.map(here) : places]) : undefined;
  return { ...rest, options: { ...options, ...(named === undefined ? {} : { paths: Object.fromEntries(named) as Record<string, string[]> }), ...(options.baseUrl === undefined ? {} : { baseUrl: here(options.baseUrl) as string }) } };
}

/** The file's options over those of what it extends. */
function readWithBase(file: string, files: Files, depth: number): SettingsFile {
  const content = readObject(file, files);
  const bases = depth >= DEEPEST_EXTENDS ? [] : [content.extends ?? []].flat();
  const settings: SettingsFile = { options: {} };
  for (const base of bases) {
    const baseFile = typeof base === "string" ? findBase(base, file, files) : undefined;
    if (baseFile !== undefined) merge(settings, readWithBase(baseFile, files, depth + 1));
  }
  return merge(settings, ownSettings(content.compilerOptions, dirname(file)));
}

function merge(settings: SettingsFile, over: SettingsFile): SettingsFile {
  Object.assign(settings.options, over.options);
  if (over.pathsFolder !== undefined) settings.pathsFolder = over.pathsFolder;
  return settings;
}

function ownSettings(given: unknown, folder: string): SettingsFile {
  // Values of a wrong type do no harm: each is compared with the values that mean something where it is used.
  const options: CompilerOptions = typeof given === "object" && given !== null ? { ...given } : {};
  if (typeof options.baseUrl === "string" && !options.baseUrl.startsWith(CONFIG_DIR)) options.baseUrl = resolve(folder, options.baseUrl);
  return options.paths === undefined ? { options } : { options, pathsFolder: folder };
}

function findBase(base: string, from: string, files: Files): string | undefined {
  if (base.startsWith(".") || isAbsolute(base)) {
    const path = resolve(dirname(from), base);
    return [path, `${path}.json`, join(path, "tsconfig.json")].find((candidate) => isFile(candidate, files));
  }
  const require = createRequire(from);
  for (const name of [base, `${base}.json`, `${base}/tsconfig.json`]) {
    try {
      const file = require.resolve(name);
      if (file.endsWith(".json")) return file;
    } catch {
      // The next form of the name may be there.
    }
  }
  return undefined;
}

function readObject(file: string, files: Files): { extends?: unknown; compilerOptions?: unknown } {
  try {
    const value = parseWithComments(files.readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // As for the engine, which reads no tsconfig.json, a broken one must not keep a program from running.
    return {};
  }
}

function isFile(path: string, files: Files): boolean {
  return files.statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
