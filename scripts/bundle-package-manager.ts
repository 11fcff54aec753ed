// Bundles suite/package-manager into dist/package-manager/: main.mjs, and what it loads when it is first needed.
import { createRequire, isBuiltin } from "node:module";
import { join } from "node:path";
import { rolldown, type Plugin } from "rolldown";

/** Modules that arborist loads and nothing here uses: they start programs, write trees, or ask registries on their own. */
const LEFT_OUT = ["@npmcli/run-script", "@npmcli/metavuln-calculator", "@npmcli/query", "bin-links", "npm-registry-fetch"];

export async function bundlePackageManager(root: string): Promise<void> {
  const source = join(root, "suite/package-manager");
  const build = await rolldown({ input: join(source, "main.ts"), platform: "node", external: ["node:module"], logLevel: "warn", plugins: [builtins, replaced(source)] });
  const names = { entryFileNames: "main.mjs", chunkFileNames: "[name].mjs" };
  await build.write({ dir: join(root, "dist/package-manager"), format: "esm", comments: false, ...names });
  await build.close();
}

/** Imported, each of the engine's own modules is asked for everything that it has, and some load much more of the engine then. */
const builtins: Plugin = {
  name: "builtins",
  resolveId: (id) => (isBuiltin(id) && id !== "node:module" ? `\0builtin:${id}` : null),
  load: (id) => (id.startsWith("\0builtin:") ? { code: `module.exports = process.getBuiltinModule(${JSON.stringify(id.slice("\0builtin:".length))});`, moduleType: "js" } : null),
};

/** Each replacement as CommonJS, whose `module.exports` may be a function. */
function replaced(source: string): Plugin {
  const code = new Map([
    ["pacote", `module.exports = require(${JSON.stringify(join(source, "registry/pacote.ts"))});`],
    ["cacache", `module.exports = require(${JSON.stringify(join(source, "resolver/temporary.ts"))});`],
    ["@npmcli/map-workspaces", `const own = require(${JSON.stringify(join(source, "resolver/workspaces.ts"))}); module.exports = Object.assign(own.mapWorkspaces, { virtual: own.virtual });`],
    ["hosted-git-info", `const { withoutRanges } = require(${JSON.stringify(join(source, "resolver/hosted.ts"))}); module.exports = withoutRanges(require(${JSON.stringify(createRequire(import.meta.url).resolve("hosted-git-info"))}));`],
    ...LEFT_OUT.map((name): [string, string] => [name, `module.exports = require(${JSON.stringify(join(source, "resolver/left-out.ts"))}).leftOut;`]),
  ]);
  return {
    name: "replaced",
    resolveId: (id) => (code.has(id) ? `\0replaced:${id}` : null),
    load: (id) => (id.startsWith("\0replaced:") ? { code: code.get(id.slice("\0replaced:".length)) ?? "", moduleType: "js" } : null),
  };
}
