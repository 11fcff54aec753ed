// Bundles runtime/ into dist/: one file that the engine preloads, and others that it loads when they are first needed.
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { eager } from "./eager.ts";

type Bundle = { name: string; source: string; /** Read at every start, or large: every byte costs. */ small?: boolean; /** Comes from V8's code cache at each start of TypeScript. */ cached?: boolean };

const BUNDLES: readonly Bundle[] = [
  { name: "runtime", source: "runtime/preload.ts", small: true, cached: true },
  { name: "late", source: "runtime/late.ts", small: true, cached: true },
  { name: "files", source: "runtime/guards/files.ts", small: true },
  { name: "guards", source: "runtime/guards/index.ts" },
  { name: "typescript", source: "runtime/typescript/index.ts", small: true, cached: true },
  { name: "cold", source: "runtime/typescript/cold.ts" },
  { name: "reference", source: "runtime/typescript/reference.ts", small: true },
  { name: "explanation", source: "runtime/explanation/index.ts" },
  { name: "remade", source: "runtime/remade/index.ts" },
  { name: "http", source: "suite/http/index.ts" },
  { name: "shared", source: "suite/http/shared/index.ts" },
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

async function bundleOne(root: string, { name, source, small = false, cached = false }: Bundle): Promise<void> {
  const file = join(root, `dist/${name}.cjs`);
  const build = await rolldown({ input: join(root, source), platform: "node", external: [/^node:/], logLevel: "warn" });
  const minify = { compress: false, mangle: small, codegen: { removeWhitespace: small } };
  await build.write({ file, format: "cjs", comments: false, minify, esModule: false, strict: true });
  await build.close();
  const code = readFileSync(file, "utf8");
  writeFileSync(file, finished(name, cached ? eager(code) : code));
}

/**
 * The engine prints the line that throws above an error that nobody caught, so that line is short. The sourceURL makes
 * debuggers and stack cleaners skip the file as they skip the engine's own.
 */
function finished(name: string, code: string): string {
  const short = code.replace(/\bthrow (\w+)(?=[;}])/g, "\nthrow $1\n");
  return `${short}\n//# sourceURL=node:internal/cordon/${name}\n`;
}
