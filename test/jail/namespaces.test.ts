// What only namespaces give, and what a run is like without them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cordonRun, makeProject } from "../harness/index.ts";
import { attempting, results, settings } from "./settings.ts";

for (const as of ["self", "ordinary"] as const) {
  const who = as === "self" ? "whoever tests" : "an ordinary user";
  test(`with namespaces, files outside of the grants are not even seen, as ${who}`, async (t) => {
    const outside = makeProject(t, { "canary.txt": "" });
    const project = makeProject(t, { "package.json": {}, "a.js": attempting([`fs.statSync('${outside.path("canary.txt")}')`, "process.pid", "process.cwd()"]) });
    if (as === "ordinary") project.give();
    const outcome = await cordonRun(["--quiet", "a.js"], { cwd: project.folder, as });
    assert.deepEqual(results(outcome.stdout), ["ENOENT", 2, project.folder]);
  });

  test(`without them the program runs all the same, as ${who}`, async (t) => {
    const outside = makeProject(t, { "canary.txt": "canary" });
    const canary = outside.path("canary.txt");
    const project = makeProject(t, { "package.json": {}, "a.js": attempting([`fs.statSync('${canary}').size`, `fs.readFileSync('${canary}')`]) });
    if (as === "ordinary") project.give();
    const outcome = await cordonRun(["--namespaces=off", "--quiet", "a.js"], { cwd: project.folder, as });
    assert.deepEqual(results(outcome.stdout), [6, "EACCES"]);
  });
}

test("the new root holds nothing of the launcher's session but the program's own folders", async (t) => {
  const project = makeProject(t, {
    "package.json": {},
    "a.js": attempting(["fs.readdirSync('/')", "fs.readdirSync(process.env.HOME + '/../root')", "fs.readFileSync(process.env.HOME + '/../root/etc/passwd')", "fs.writeFileSync('/new', '')"]),
  });
  const outcome = await cordonRun(["--quiet", "a.js"], { cwd: project.folder });
  for (const code of results(outcome.stdout)) assert.match(String(code), /^(EACCES|ENOENT|EROFS)$/);
});

test("a granted folder around the session's does not open the new root from outside", async (t) => {
  const project = makeProject(t, {
    "code/package.json": {},
    "code/a.js": attempting(["fs.readFileSync(process.env.HOME + '/../root/etc/shadow')", "fs.readFileSync(process.env.HOME + '/../root/etc/hostname')"]),
    "tmp/.keep": "",
  });
  const outcome = await cordonRun([`--allow-read=${project.path("tmp")}`, "--quiet", "a.js"], { cwd: project.path("code"), env: { TMPDIR: project.path("tmp") } });
  assert.deepEqual(results(outcome.stdout), ["ENOENT", "ENOENT"]);
});

for (const { name, flags } of settings) {
  test(`a program may start in a folder that it can't read, ${name}`, async (t) => {
    const project = makeProject(t, { "package.json": {}, "a.js": attempting(["process.cwd()", "fs.readdirSync('.')"]) });
    const elsewhere = makeProject(t, { "canary.txt": "" });
    const outcome = await cordonRun([...flags, "--quiet", project.path("a.js")], { cwd: elsewhere.folder });
    assert.deepEqual(results(outcome.stdout), [elsewhere.folder, "EACCES"]);
  });

  test(`the network of the machine is not told by /proc, ${name}`, async (t) => {
    const project = makeProject(t, { "package.json": {}, "a.js": attempting(["fs.readFileSync('/proc/self/net/tcp')", "fs.readFileSync('/proc/net/tcp')", "fs.readFileSync('/proc/1/cmdline')"]) });
    const outcome = await cordonRun([...flags, "--quiet", "a.js"], { cwd: project.folder });
    for (const code of results(outcome.stdout)) assert.match(String(code), /^(EACCES|ENOENT)$/);
  });
}
