// The `http` key of the manifest: what is wrong in it is said with its place, and what it sets can be seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeProject, runCordon, type Outcome, type Owner } from "../harness/index.ts";

function permissions(owner: Owner, http: unknown, ...more: string[]): Promise<Outcome> {
  const project = makeProject(owner, { "package.json": { name: "x", cordon: { http } }, "a.js": "" });
  return runCordon(["permissions", ...more, "a.js"], { cwd: project.folder });
}

test("a setting that is not known is an error with its place and a suggestion", async (t) => {
  const { code, stderr } = await permissions(t, { headerTimeout: "5s" });
  assert.equal(code, 125);
  assert.match(stderr, /package\.json:\d+:\d+ at \/cordon\/http\/headerTimeout: "headerTimeout" is not known here; did you mean "headersTimeout"\?/);
});

test("a setting of a wrong type is an error that says what to write", async (t) => {
  const { code, stderr } = await permissions(t, { connections: true });
  assert.equal(code, 125);
  assert.match(stderr, /at \/cordon\/http\/connections: .* stands where a number of things was expected; write a number such as 100/);
});

test("a guard that is off is shown", async (t) => {
  assert.match((await permissions(t, false)).stdout, /HTTP servers are not guarded/);
  assert.equal(JSON.parse((await permissions(t, false, "--json")).stdout).http, false);
});

test("what is set is shown, in bytes and milliseconds", async (t) => {
  const { stdout } = await permissions(t, { headersTimeout: "5s", bodyBytes: "1MB" });
  assert.match(stdout, /HTTP guard\n {2}headersTimeout +5000\n {2}bodyBytes +1048576\n/);
  assert.deepEqual(JSON.parse((await permissions(t, { headersTimeout: "5s" }, "--json")).stdout).http, { headersTimeout: 5000 });
});
