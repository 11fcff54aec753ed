// Standard decorators, which the engine does not know yet, lowered by Babel: bundled by itself (dist/decorators.cjs), since
// it is large and few programs need it. https://github.com/tc39/proposal-decorators
import { transformSync } from "@babel/core";
import proposalDecorators from "@babel/plugin-proposal-decorators";
import type { Transformed } from "./commonjs.ts";

/** Takes JavaScript: the types are gone by now. */
export function lowerDecorators(file: string, { code, map }: Transformed): Transformed {
  const result = transformSync(code, {
    filename: file,
    babelrc: false,
    configFile: false,
    browserslistConfigFile: false,
    compact: false,
    sourceType: "module",
    sourceMaps: true,
    inputSourceMap: { ...map, file },
    // With targets that know class fields and private methods, only the decorators are lowered.
    targets: { node: "22" },
    plugins: [[proposalDecorators, { version: "2023-11" }]],
  });
  return { code: result?.code ?? code, map: { ...map, mappings: result?.map?.mappings ?? map.mappings, names: [...(result?.map?.names ?? [])] } };
}
