// TypeScript and JSX run as esbuild and tsc translate them: every fixture, with an empty cache and with a full one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cordonRun, makeProject } from "../harness/index.ts";
import { allCases, example, place, type Case } from "./cases.ts";

const cases = allCases();

test("there are enough cases to mean something", () => {
  assert.ok(cases.length >= 150, `${cases.length} cases`);
});

for (const each of cases) {
  test(each.name, { concurrency: 2 }, async (t) => {
    const project = makeProject(t, {});
    place(each.folder, project.path("case"));
    await sameTwice(each, project.path("case"), project.path("cache"));
  });
}

async function sameTwice(each: Case, folder: string, cache: string): Promise<void> {
  const expected = await example(each, folder);
  assert.equal(expected.code, 0, `the example itself fails: ${expected.stderr}`);
  for (const start of ["cold", "warm"]) {
    const { stdout, stderr, code } = await cordonRun([each.entry], { cwd: folder, env: { XDG_CACHE_HOME: cache } });
    assert.deepEqual({ stdout, stderr, code }, { stdout: expected.stdout, stderr: "", code: 0 }, `${start} start`);
  }
}
