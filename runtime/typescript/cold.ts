// What a start with a cold cache needs, and a warm one does not: bundled by itself (dist/cold.cjs).
import { write } from "./files.ts";
import { serialize } from "./serialize.ts";
import type { Pack } from "./pack.ts";
import type { SourceMap } from "./source-map.ts";
import { createTransform, inlineMap, linkToMap, type Transform, type TransformSetting } from "./transform.ts";

export type Cold = {
  transform: Transform;
  /** Puts a map in a file, and gives the line that leads there. */
  keepMap(path: string, map: SourceMap): string;
  inlineMap(map: SourceMap): string;
  save(pack: Pack): void;
};

export function createCold(setting: TransformSetting): Cold {
  const { files } = setting;
  return {
    transform: createTransform(setting),
    keepMap(path, map) {
      write(files, path, JSON.stringify(map));
      return linkToMap(path);
    },
    inlineMap,
    save(pack) {
      if (pack.added.size > 0) write(files, pack.path, serialize(pack));
    },
  };
}
