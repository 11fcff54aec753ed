// Real tools that remove their folders and make them again keep the grants of those: each runs twice, on what it made
// itself and on what an older run left.
import assert from "node:assert/strict";
import { constants, cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Files, makeProject, root, runCordon } from "../harness/index.ts";

type Tool = { readonly packages: readonly string[]; readonly files: Files; readonly scripts: Record<string, string>; readonly permissions: object; readonly makes: string };

const TOOLS: Readonly<Record<string, Tool>> = {
  "rm and mkdir of the portable shell": {
    packages: [],
    files: {},
    scripts: { build: "rm -rf dist && mkdir dist && echo new > dist/made.js" },
    permissions: { write: ["./dist"] },
    makes: "dist/made.js",
  },
  "a clean script in JavaScript, then TypeScript's compiler": {
    packages: ["typescript", "@typescript"],
    files: { "source/made.ts": "export const a: number = 1;\n", "tsconfig.json": { compilerOptions: { outDir: "dist", rootDir: "source", types: [] }, include: ["source"] }, "clean.js": 'import { rmSync } from "node:fs";\nrmSync("dist", { recursive: true, force: true });\n' },
    scripts: { clean: "node clean.js", build: "npm run clean && tsc --project ." },
    permissions: { write: ["./dist"], run: ["./node_modules/@typescript/typescript-linux-x64/lib/tsc"] },
    makes: "dist/made.js",
  },
  "rolldown with cleanDir": {
    packages: ["rolldown", "@rolldown", "@oxc-project"],
    files: { "made.js": "export const a = 1;\n", "build.js": 'import { build } from "rolldown";\nawait build({ input: "made.js", output: { dir: "dist", cleanDir: true } });\n' },
    scripts: { build: "node build.js" },
    permissions: { write: ["./dist"], addons: ["rolldown"] },
    makes: "dist/made.js",
  },
  "esbuild after a removed folder": {
    packages: ["esbuild", "@esbuild"],
    files: { "made.js": "export const a = 1;\n", "build.js": 'import { rmSync } from "node:fs";\nimport { build } from "esbuild";\nrmSync("dist", { recursive: true, force: true });\nawait build({ entryPoints: ["made.js"], outdir: "dist" });\n' },
    scripts: { build: "node build.js" },
    permissions: { write: ["./dist"], run: ["./node_modules/@esbuild/linux-x64/bin/esbuild"] },
    makes: "dist/made.js",
  },
};

for (const [name, tool] of Object.entries(TOOLS)) {
  test(name, async (t) => {
    for (const older of [{}, { "dist/deep/old.js": "old", "dist/.hidden": "old" }]) {
      const project = makeProject(t, { "package.json": { name: "remade", type: "module", scripts: tool.scripts, cordon: { permissions: tool.permissions } }, ...tool.files, ...older });
      for (const each of tool.packages) cpSync(join(root, "node_modules", each), project.path("node_modules", each), { recursive: true, mode: constants.COPYFILE_FICLONE });
      if (tool.packages.includes("typescript")) project.write({ "node_modules/.bin/tsc": "#!/usr/bin/env node\nimport '../typescript/bin/tsc';\n" });
      for (const round of ["first", "second"]) {
        for (const flags of [[], ["--namespaces=off"]]) {
          const outcome = await runCordon(["run", ...flags, "build"], { cwd: project.folder });
          assert.deepEqual([outcome.code, outcome.stderr], [0, ""], `${round} ${flags.join()} ${outcome.stdout}`);
          assert.ok(readFileSync(project.path(tool.makes), "utf8").length > 0);
          assert.ok(!existsSync(project.path("dist/deep/old.js")), round);
        }
      }
    }
  });
}
