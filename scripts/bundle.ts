// Bundles runtime/ into dist/: one file that the engine preloads, and others that it loads when they are first needed.
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";

type Bundle = { name: string; source: string; /** Others' code, which nobody reads here. */ small?: boolean };

const BUNDLES: readonly Bundle[] = [
  { name: "runtime", source: "runtime/preload.ts" },
  { name: "guards", source: "runtime/guards/index.ts" },
  { name: "typescript", source: "runtime/typescript/index.ts" },
  { name: "cold", source: "runtime/typescript/cold.ts" },
  { name: "reference", source: "runtime/typescript/reference.ts", small: true },
  { name: "explanation", source: "runtime/explanation/index.ts" },
  { name: "learning", source: "runtime/learning/index.ts" },
];

export async function bundleRuntime(root: string): Promise<void> {
  await Promise.all(BUNDLES.map((bundle) => bundleOne(root, bundle)));
  copyAddon(root);
}

/** The transform's addon, where the runtime finds it without searching. */
function copyAddon(root: string): void {
  const name = `linux-${process.arch}-gnu`;
  const next = join(root, `dist/.oxc-${process.pid}`);
  mkdirSync(join(root, "dist"), { recursive: true });
  copyFileSync(join(root, `node_modules/@oxc-transform/binding-${name}/transform.${name}.node`), next);
  renameSync(next, join(root, "dist/oxc.node"));
}

/**
 * Lines stay lines, and names names: the engine prints the line that throws. The sourceURL makes debuggers and
 * stack cleaners skip the file as they skip the engine's own.
 */
async function bundleOne(root: string, { name, source, small = false }: Bundle): Promise<void> {
  const build = await rolldown({ input: join(root, source), platform: "node", external: [/^node:/], logLevel: "warn" });
  await build.write({
    file: join(root, `dist/${name}.cjs`),
    format: "cjs",
    footer: `//# sourceURL=node:internal/cordon/${name}`,
    comments: false,
    minify: { compress: true, mangle: small, codegen: { removeWhitespace: small } },
    esModule: false,
    strict: true,
  });
  await build.close();
}
