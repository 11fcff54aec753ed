// The script of docs/native-code.md builds a package's native code in a jail.
import assert from "node:assert/strict";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { cordon, root, start } from "../harness/index.ts";
import type { Packages } from "../registry/index.ts";
import { makeWorld, type World } from "./world.ts";

const source = `#include <node_api.h>
static napi_value answer(napi_env env, napi_callback_info info) { napi_value number; napi_create_int32(env, 42, &number); return number; }
NAPI_MODULE_INIT() { napi_create_function(env, "answer", NAPI_AUTO_LENGTH, answer, NULL, &exports); return exports; }
`;
/** What starts with the build looks around. */
const binding = `{ "targets": [{ "target_name": "hello", "sources": ["hello.c"], "variables": { "seen": "<!(cat ../secret.txt || echo nothing)" } }] }`;
const packages: Packages = {
  hello: { versions: { "1.0.0": { manifest: { main: "index.js" }, files: { "binding.gyp": binding, "hello.c": source, "index.js": "module.exports = require('./build/Release/hello.node');\n" } } } },
};

test("native code is compiled in a jail, put into its place by hand, and loads with a grant", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "p", dependencies: { hello: "1" } }, "secret.txt": "canary", "use.cjs": "console.log(require('hello')());\n", "build-native.sh": script() });
  const installed = await world.cordon(["install"]);
  assert.match(installed.stdout, /hello@1\.0\.0 \(binding\.gyp\): its native code may be missing: build it \(docs\/native-code\.md\)/);
  addNodeGyp(world);
  const missing = await world.cordon(["run", "--allow-addons=hello", "use.cjs"]);
  assert.match(missing.stderr, /Cannot find module/);
  const env = { PATH: `${dirname(cordon)}:${process.env["PATH"] ?? ""}`, HOME: world.home.folder };
  const built = await start("sh", ["build-native.sh", "hello"], { cwd: world.project.folder, env, timeout: 300_000 }).ended;
  assert.equal(built.code, 0, `${built.stdout}${built.stderr}`);
  assert.ok(!`${built.stdout}${built.stderr}${readFileSync(world.project.path("native/build/hello.target.mk"), "utf8")}`.includes("canary"));
  const granted = await world.cordon(["run", "--quiet", "--allow-addons=hello", "use.cjs"]);
  assert.equal(granted.stdout, "42\n", granted.stderr);
  assert.equal((await world.cordon(["run", "--quiet", "use.cjs"])).code, 1);
});

function script(): string {
  const [, text] = /^```sh build-native\.sh\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, "docs/native-code.md"), "utf8")) ?? [];
  assert.ok(text !== undefined);
  return text;
}

/** node-gyp and what it needs, as this checkout has them. */
function addNodeGyp({ project }: World): void {
  const copied = new Set<string>();
  const copy = (name: string, above: string): void => {
    const nested = join(above, "node_modules", name);
    const folder = existsSync(nested) ? nested : join(root, "node_modules", name);
    if (folder !== nested && !copied.has(name)) cpSync(folder, project.path("node_modules", name), { recursive: true });
    if (copied.has(folder)) return;
    copied.add(folder).add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { dependencies?: Record<string, string> };
    for (const dependency of Object.keys(dependencies)) copy(dependency, folder);
  };
  copy("node-gyp", join(root, "nowhere"));
  mkdirSync(project.path("node_modules/.bin"), { recursive: true });
  symlinkSync("../node-gyp/bin/node-gyp.js", project.path("node_modules/.bin/node-gyp"));
  chmodSync(project.path("node_modules/node-gyp/bin/node-gyp.js"), 0o755);
}
