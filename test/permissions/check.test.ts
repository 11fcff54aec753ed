// `cordon run --record` and `cordon permissions check`: grants that nobody used, that are too broad, that give nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeProject, type Outcome, type Project, runCordon } from "../harness/index.ts";

const MANIFEST = {
  name: "checked",
  scripts: { go: "node app.js" },
  cordon: {
    permissions: { read: ["/opt/nothing-here"], write: ["./data"], env: ["APP_*"], listen: [3000, 0], net: ["*.example.org:443"] },
  },
};
const PROGRAM = `require("fs").writeFileSync("data/cache/x", process.env.APP_MODE);
  require("http").createServer().listen(0, function () { this.close(); });`;

function project(t: import("node:test").TestContext): { project: Project; cordon: (...args: string[]) => Promise<Outcome> } {
  const project = makeProject(t, { "package.json": MANIFEST, "app.js": PROGRAM, "data/cache/.gitkeep": "" });
  const home = makeProject(t).folder;
  return { project, cordon: (...args) => runCordon(args, { cwd: project.folder, env: { HOME: home, APP_MODE: "x" } }) };
}

test("what a recorded run did not need, or not all of, is named", async (t) => {
  const { cordon } = project(t);
  const run = await cordon("run", "--record", "app.js");
  assert.equal(run.code, 0, run.stderr);
  const outcome = await cordon("permissions", "check", "--json", "--strict");
  assert.equal(outcome.code, 1, outcome.stderr);
  const found = JSON.parse(outcome.stdout).map((one: { place: string; problem: string; enough?: string[] }) => [one.place, one.problem, one.enough]);
  assert.deepEqual(found, [
    ["/cordon/permissions/read/0", "without-effect", undefined],
    ["/cordon/permissions/write/0", "broad", ["./data/cache"]],
    ["/cordon/permissions/net/0", "unused", undefined],
    ["/cordon/permissions/listen/0", "unused", undefined],
    ["/cordon/permissions/env/0", "broad", ["APP_MODE"]],
  ]);
});

test("without a recorded run only what gives nothing is named, and the exit code is 0 unless it is asked for", async (t) => {
  const { cordon } = project(t);
  const outcome = await cordon("permissions", "check");
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stdout, /nothing-here .*it does not exist/);
  assert.match(outcome.stdout, /No run was recorded/);
});

test("recording lets nothing more through", async (t) => {
  const { project: { path }, cordon } = project(t);
  const code = `for (const file of ["/root/.npmrc", "/etc/shadow", ${JSON.stringify(path(".env"))}]) {
    try { require("fs").readFileSync(file); console.log("read", file); } catch (error) { console.log(error.code); } }`;
  const outcome = await cordon("run", "--record", "-e", code);
  assert.doesNotMatch(outcome.stdout, /read/);
});

test("the grants of a script are shown for it", async (t) => {
  const { cordon } = project(t);
  const outcome = await cordon("permissions", "--for", "go");
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stdout, /APP_\*/);
});

test("a misspelled word or script is named, with the right one", async (t) => {
  const { project: own, cordon } = project(t);
  const word = await cordon("permissions", "chek");
  assert.equal(word.code, 125);
  assert.match(word.stderr, /"chek".*did you mean cordon permissions check\?/);
  own.write({ "package.json": { ...MANIFEST, cordon: { scripts: { og: { read: ["./x"] } } } } });
  const outcome = await cordon("permissions", "check", "--json", "--strict");
  assert.deepEqual([outcome.code, JSON.parse(outcome.stdout)[0]], [1, { permission: null, grant: "og", place: "/cordon/scripts/og", problem: "without-effect", why: "package.json has no such script; did you mean go?" }]);
  assert.match((await cordon("permissions", "--for", "og")).stderr, /did you mean "go"\?/);
});

test("with every grant used and none too broad --strict is content", async (t) => {
  const { project: own, cordon } = project(t);
  own.write({ "package.json": { name: "checked", cordon: { permissions: { write: ["./data/cache"], env: ["APP_MODE"], listen: [0] } } } });
  assert.equal((await cordon("run", "--record", "app.js")).code, 0);
  const outcome = await cordon("permissions", "check", "--strict");
  assert.deepEqual([outcome.code, outcome.stdout], [0, "Every grant was used, and none is broader than what was seen\n"]);
});
