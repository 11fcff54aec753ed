// Bundles suite/package-manager into dist/package-manager/: main.mjs, and what it loads when it is first needed.
import { join } from "node:path";
import { rolldown, type Plugin } from "rolldown";

/** Modules that arborist loads and nothing here uses: they start programs, write trees, or ask registries on their own. */
const LEFT_OUT = ["@npmcli/run-script", "@npmcli/metavuln-calculator", "@npmcli/query", "bin-links", "cacache", "npm-registry-fetch"];

export async function bundlePackageManager(root: string): Promise<void> {
  const source = join(root, "suite/package-manager");
  const build = await rolldown({ input: join(source, "main.ts"), platform: "node", external: [/^node:/], logLevel: "warn", plugins: [replaced(source)] });
  const names = { entryFileNames: "main.mjs", chunkFileNames: "[name].mjs" };
  await build.write({ dir: join(root, "dist/package-manager"), format: "esm", comments: false, ...names });
  await build.close();
}

/** Each replacement as CommonJS, whose `module.exports` may be a function. */
function replaced(source: string): Plugin {
  const code = new Map([
    ["pacote", `module.exports = require(${JSON.stringify(join(source, "registry/pacote.ts"))});`],
    ["@npmcli/map-workspaces", `const own = require(${JSON.stringify(join(source, "resolver/workspaces.ts"))}); module.exports = Object.assign(own.mapWorkspaces, { virtual: own.virtual });`],
    ...LEFT_OUT.map((name): [string, string] => [name, `module.exports = require(${JSON.stringify(join(source, "resolver/left-out.ts"))}).leftOut;`]),
  ]);
  return {
    name: "replaced",
    resolveId: (id) => (code.has(id) ? `\0replaced:${id}` : null),
    load: (id) => (id.startsWith("\0replaced:") ? { code: code.get(id.slice("\0replaced:".length)) ?? "", moduleType: "js" } : null),
  };
}
