// `cordon init`: proposes a manifest, and leaves everything else of package.json alone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makeProject, runCordon } from "../harness/index.ts";

const PACKAGE = `{
    "name": "app",
    "scripts": { "build": "vite build" },
    "dependencies": { "express": "5", "vite": "8" }
}
`;

test("what such projects need is written, and cordon takes it", async (t) => {
  const project = makeProject(t, { "package.json": PACKAGE });
  const outcome = await runCordon(["init", "--write"], { cwd: project.folder });
  assert.equal(outcome.code, 0, outcome.stderr);
  const text = readFileSync(project.path("package.json"), "utf8");
  assert.ok(text.startsWith(PACKAGE.slice(0, PACKAGE.lastIndexOf("\n}"))), text);
  const { cordon } = JSON.parse(text);
  assert.deepEqual(cordon, {
    permissions: { listen: ["3000"] },
    scripts: { build: { write: ["./dist/", "./node_modules/.vite-temp/", "./node_modules/.vite/"] } },
  });
  const shown = await runCordon(["permissions", "--for", "build"], { cwd: project.folder });
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /\.\/dist\//);
});

test("without a terminal and without --write nothing is written", async (t) => {
  const project = makeProject(t, { "package.json": PACKAGE });
  const outcome = await runCordon(["init"], { cwd: project.folder });
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stderr, /listen 3000/);
  assert.equal(readFileSync(project.path("package.json"), "utf8"), PACKAGE);
});

test("a manifest that is there, a missing or broken package.json are errors, and nothing is changed", async (t) => {
  for (const text of ['{"cordon":{}}', "{ broken", undefined]) {
    const project = makeProject(t, text === undefined ? {} : { "package.json": text });
    const outcome = await runCordon(["init", "--write"], { cwd: project.folder });
    assert.equal(outcome.code, 125);
    assert.match(outcome.stderr, /Cannot /);
    if (text !== undefined) assert.equal(readFileSync(project.path("package.json"), "utf8"), text);
  }
});

const PROJECTS: Readonly<Record<string, { dependencies: Record<string, string>; scripts: Record<string, string> }>> = {
  express: { dependencies: { express: "5", pg: "8" }, scripts: { start: "node server.js" } },
  fastify: { dependencies: { fastify: "5" }, scripts: { start: "node server.js" } },
  nest: { dependencies: { "@nestjs/core": "12", "@nestjs/cli": "12" }, scripts: { build: "nest build", start: "node dist/main.js" } },
  next: { dependencies: { next: "16", react: "19" }, scripts: { dev: "next dev", build: "next build", start: "next start" } },
  vite: { dependencies: { vite: "8" }, scripts: { dev: "vite", build: "vite build", preview: "vite preview" } },
  astro: { dependencies: { astro: "6" }, scripts: { dev: "astro dev", build: "astro build" } },
  sveltekit: { dependencies: { "@sveltejs/kit": "2", vite: "8" }, scripts: { dev: "vite dev", build: "vite build" } },
  nuxt: { dependencies: { nuxt: "4" }, scripts: { dev: "nuxt dev", build: "nuxt build" } },
};

const WRITTEN: Readonly<Record<string, (value: object) => string>> = {
  "two blanks": (value) => `${JSON.stringify(value, null, 2)}\n`,
  "tabs": (value) => `${JSON.stringify(value, null, "\t")}\n`,
  "four blanks, without a last newline": (value) => JSON.stringify(value, null, 4),
  "CR LF": (value) => `${JSON.stringify(value, null, 2)}\n`.replaceAll("\n", "\r\n"),
  "a byte order mark and empty lines": (value) => `\u{feff}${JSON.stringify(value, null, 2)}\n\n\n`,
};

for (const [framework, own] of Object.entries(PROJECTS)) {
  test(`of a project with ${framework} nothing else is changed, however it is written`, async (t) => {
    for (const [style, write] of Object.entries(WRITTEN)) {
      const value = { name: "proj\u00e9t", private: true, ...own, "z-last": [1, { a: null }] };
      const before = write(value);
      const project = makeProject(t, { "package.json": before });
      const outcome = await runCordon(["init", "--write"], { cwd: project.folder });
      assert.equal(outcome.code, 0, outcome.stderr);
      const after = readFileSync(project.path("package.json"), "utf8");
      const { cordon, ...rest } = JSON.parse(after.replace("\u{feff}", ""));
      assert.deepEqual(rest, value);
      // Taking the key away again gives the file as it was, byte for byte.
      const at = after.search(/,\r?\n\s*"cordon": \{/);
      const end = after.lastIndexOf("}", after.lastIndexOf("}") - 1) + 1;
      assert.equal(after.slice(0, at) + after.slice(end), before, style);
      const added = after.slice(at, end);
      assert.equal(/\r/.test(added), style === "CR LF", style);
      assert.equal(added.replaceAll("\r\n", "").includes("\n"), style !== "CR LF", style);
      const unit = style === "tabs" ? "\t" : style.startsWith("four") ? "    " : "  ";
      assert.match(added, new RegExp(`^,\\r?\\n${unit}"cordon": \\{\\r?\\n${unit}${unit}"`), style);
      assert.ok(Object.keys(cordon).length > 0);
      assert.equal((await runCordon(["permissions"], { cwd: project.folder })).code, 0, style);
    }
  });
}

const ESBUILD = "node_modules/@esbuild/linux-x64/bin/esbuild";

test("native code and programs of packages are proposed where they are installed, in a workspace above its member too", async (t) => {
  const vite = { dependencies: { vite: "7" }, scripts: { build: "vite build" } };
  const installed = { "node_modules/rollup/package.json": { name: "rollup" }, [ESBUILD]: "" };
  const scripts = async (folder: string): Promise<{ build: { run?: string[]; addons?: string[] } }> => {
    const outcome = await runCordon(["init", "--write"], { cwd: folder });
    assert.equal(outcome.code, 0, outcome.stderr);
    return (JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as { cordon: { scripts: { build: { run?: string[]; addons?: string[] } } } }).cordon.scripts;
  };
  const bare = makeProject(t, { "package.json": vite });
  const none = await scripts(bare.folder);
  assert.deepEqual([none.build.run, none.build.addons], [undefined, undefined]);
  const one = await scripts(makeProject(t, { "package.json": vite, ...installed }).folder);
  assert.deepEqual([one.build.run, one.build.addons], [[`./${ESBUILD}`], ["rollup"]]);
  const workspace = makeProject(t, { "package.json": { name: "root", workspaces: ["apps/*"] }, "apps/web/package.json": { name: "web", ...vite }, ...installed });
  const member = await scripts(workspace.path("apps/web"));
  assert.deepEqual([member.build.run, member.build.addons], [[`../../${ESBUILD}`], ["rollup"]]);
});

const TSCONFIG = '{ // of the root\n "files": [], "references": [{ "path": "packages/shared" }, { "path": "./apps/api" },] }';
const MONOREPO = {
  "apps/api/package.json": { name: "@x/api", scripts: { build: "tsc -b", start: "node dist/main.js", dev: "tsx src/main.ts" }, dependencies: { express: "5", "@x/shared": "1" } },
  "apps/api/tsconfig.json": { compilerOptions: { outDir: "out" }, references: [{ path: "../../packages/shared" }] },
  "apps/web/package.json": { name: "web", scripts: { build: "tsc --noEmit && vite build", dev: "vite" }, devDependencies: { vite: "7", "@x/shared": "1" } },
  "packages/shared/package.json": { name: "@x/shared", scripts: { build: "tsc -b" } },
  "packages/shared/tsconfig.json": { extends: "../../tsconfig.base", compilerOptions: { outDir: "dist" } },
  "tsconfig.base.json": { compilerOptions: { composite: true } },
  "tsconfig.json": TSCONFIG,
};
const SHARED_OUTPUTS = ["./packages/shared/dist/", "./packages/shared/tsconfig.tsbuildinfo"];
const API_OUTPUTS = ["./apps/api/out/", "./apps/api/tsconfig.tsbuildinfo"];
const WEB_OUTPUTS = ["./apps/web/dist/", "./apps/web/node_modules/.vite-temp/", "./apps/web/node_modules/.vite/"];

type Manifest = { permissions?: object; scripts: Record<string, { write?: string[]; run?: string[]; addons?: string[]; listen?: string[] }> };

async function proposed(folder: string): Promise<Manifest> {
  const outcome = await runCordon(["init", "--write"], { cwd: folder });
  assert.equal(outcome.code, 0, outcome.stderr);
  const { cordon } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as { cordon: Manifest };
  assert.equal((await runCordon(["permissions"], { cwd: folder })).code, 0);
  return cordon;
}

const WORKSPACES: Readonly<Record<string, { files: Record<string, string | object>; native: string }>> = {
  npm: {
    files: {
      "package.json": { workspaces: ["packages/*", "apps/*"], devDependencies: { typescript: "5" }, scripts: { build: "npm run build --workspaces --if-present", "build:web": "npm run build -w packages/shared && npm run build -w web", start: "npm start -w apps/api", types: "tsc -b" } },
      "node_modules/rollup/package.json": { name: "rollup" },
      [ESBUILD]: "",
    },
    native: `./${ESBUILD}`,
  },
  pnpm: {
    files: {
      "package.json": { devDependencies: { typescript: "5" }, scripts: { build: "pnpm -r build", "build:web": "pnpm --filter @x/shared --filter './apps/web' build", start: "pnpm --filter api start", types: "tsc -b" } },
      "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n  - apps/*\n",
      "node_modules/.pnpm/node_modules/rollup/package.json": { name: "rollup" },
      "node_modules/.pnpm/node_modules/@esbuild/linux-x64/bin/esbuild": "",
    },
    native: "./node_modules/.pnpm/node_modules/@esbuild/linux-x64/bin/esbuild",
  },
};

for (const [manager, { files, native }] of Object.entries(WORKSPACES)) {
  test(`the scripts of the root of a workspace of ${manager} get what the members' scripts need that they lead to`, async (t) => {
    const project = makeProject(t, { ...MONOREPO, ...files });
    const { permissions, scripts } = await proposed(project.folder);
    assert.equal(permissions, undefined);
    assert.deepEqual(scripts, {
      build: { write: [...API_OUTPUTS, ...WEB_OUTPUTS, ...SHARED_OUTPUTS], run: [native], addons: ["rollup"] },
      "build:web": { write: [...WEB_OUTPUTS, ...SHARED_OUTPUTS], run: [native], addons: ["rollup"] },
      start: { listen: ["3000"] },
      types: { write: [...API_OUTPUTS, ...SHARED_OUTPUTS] },
    });
    const api = await proposed(project.path("apps/api"));
    assert.deepEqual(api.permissions, { listen: ["3000"] });
    assert.deepEqual(api.scripts["build"], { write: ["../../packages/shared/dist/", "../../packages/shared/tsconfig.tsbuildinfo", "./out/", "./tsconfig.tsbuildinfo"] });
  });
}

test("what a tsconfig.json names outside of the project is not proposed", async (t) => {
  const project = makeProject(t, { "app/package.json": { devDependencies: { typescript: "5" }, scripts: { build: "tsc -b" } }, "app/tsconfig.json": { compilerOptions: { outDir: "../../outside" }, references: [{ path: "../other" }] }, "other/tsconfig.json": { compilerOptions: { outDir: "dist" } } });
  assert.deepEqual((await proposed(project.path("app"))).scripts, { build: { write: ["./tsconfig.tsbuildinfo"] } });
});

test("a build of a workspace runs with what is proposed, and writes nothing else", async (t) => {
  const tool = (name: string): Record<string, string | object> => ({ [`packages/${name}/package.json`]: { name, scripts: { build: "tsc -b" } }, [`packages/${name}/tsconfig.json`]: { compilerOptions: { outDir: "lib" } } });
  const compiler = 'const fs = require("fs"); fs.mkdirSync("lib", { recursive: true }); for (const name of ["lib/index.js", "other.js"]) try { fs.writeFileSync(name, ""); } catch (error) { console.log(process.cwd().split("/").at(-1), name, fs.existsSync(name)); }';
  const project = makeProject(t, { "package.json": { workspaces: ["packages/*"], devDependencies: { typescript: "5" }, scripts: { build: "npm run build --workspaces" } }, ...tool("one"), ...tool("two"), "node_modules/.bin/tsc": `#!/usr/bin/env node\n${compiler}` });
  await proposed(project.folder);
  const outcome = await runCordon(["run", "--quiet", "build"], { cwd: project.folder });
  assert.deepEqual([outcome.code, outcome.stdout], [0, "one other.js false\ntwo other.js false\n"], outcome.stderr);
  for (const name of ["one", "two"]) assert.equal(readFileSync(project.path(`packages/${name}/lib/index.js`), "utf8"), "");
});
