// Bundles suite/scripts into dist/shell.cjs, one file that loads quickly.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";

/** Packages that the library loads and nothing here uses. */
const LEFT_OUT = ["clipanion", "crypto", "fast-glob", "js-yaml", "micromatch"];

export async function bundleShell(root: string): Promise<void> {
  const source = join(root, "suite/scripts");
  const leftOut = LEFT_OUT.map((name) => [name, join(source, "left-out.ts")]);
  const build = await rolldown({
    input: join(source, "main.ts"),
    platform: "node",
    external: [/^node:/],
    logLevel: "warn",
    resolve: { alias: { ...Object.fromEntries(leftOut), "cross-spawn": join(source, "spawn.ts") } },
  });
  await build.write({ file: join(root, "dist/shell.cjs"), format: "cjs", comments: false, minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } } });
  await build.close();
  // Tools start this as npm: npm-run-all wants a file whose name ends in .js or .mjs.
  writeFileSync(join(root, "dist/npm.mjs"), 'process.argv.splice(2, 0, "npm");\nawait import("./shell.cjs");\n');
}
