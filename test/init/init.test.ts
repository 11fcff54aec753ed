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
    scripts: { build: { write: ["./dist/", "./node_modules/.vite-temp/"] } },
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
