// Secrets among the program's own code, and what is denied inside of a grant.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { cordonRun, makeProject } from "../harness/index.ts";
import { attempting, results, settings } from "./settings.ts";

const read = (path: string): string => `fs.readFileSync('${path}', 'utf8')`;

for (const { name, flags } of settings) {
  test(`a secret beside the code can't be read, its siblings can, ${name}`, async (t) => {
    const project = makeProject(t, {
      "package.json": {},
      ".env": "secret",
      "deep/.env": "secret",
      "deep/code.txt": "code",
      "other/code.txt": "code",
      "a.js": attempting([read(".env"), read("deep/.env"), read("deep/code.txt"), read("other/code.txt"), "fs.readdirSync('deep').length"]),
    });
    const outcome = await cordonRun([...flags, "--quiet", "a.js"], { cwd: project.folder });
    assert.deepEqual(results(outcome.stdout), ["EACCES", "EACCES", "code", "code", 2]);
  });

  test(`what appears beside a secret after the start can't be read until the next one, ${name}`, async (t) => {
    const project = makeProject(t, {
      "package.json": { cordon: { permissions: { read: [], write: ["./made"] } } },
      ".env": "secret",
      "made/old.txt": "old",
      "a.js": attempting(["fs.writeFileSync('new.txt', '')", "fs.writeFileSync('made/new.txt', 'new')", read("made/new.txt")]),
    });
    const outcome = await cordonRun([...flags, "--quiet", "a.js"], { cwd: project.folder });
    assert.deepEqual(results(outcome.stdout)[0] === "EACCES" || results(outcome.stdout)[0] === "EROFS", true);
    assert.deepEqual(results(outcome.stdout).slice(1), [null, "new"]);
  });

  test(`a symlink beside a secret opens nothing, ${name}`, async (t) => {
    const outside = makeProject(t, { "canary.txt": "canary" });
    const project = makeProject(t, { "package.json": {}, ".env": "secret", "a.js": attempting([read("link/canary.txt")]) });
    symlinkSync(outside.folder, project.path("link"));
    const outcome = await cordonRun([...flags, "--quiet", "a.js"], { cwd: project.folder });
    assert.match(String(results(outcome.stdout)[0]), /EACCES|ENOENT/);
  });

  test(`what is denied in a folder that is a secret itself keeps nothing from starting, ${name}`, async (t) => {
    const project = makeProject(t, { "package.json": {}, ".ssh/deep/key.txt": "secret", ".ssh2/a.txt": "secret", "a.js": attempting([read(".ssh/deep/key.txt"), read(".ssh2/a.txt")]) });
    const outcome = await cordonRun([...flags, "--deny-read=.ssh/deep", "--deny-read=.ssh", "--quiet", "a.js"], { cwd: project.folder });
    assert.deepEqual(results(outcome.stdout).map((result) => /EACCES|ENOENT/.test(String(result))), [true, true], outcome.stderr);
  });

  test(`a denied folder inside of a granted one is neither read nor listed, ${name}`, async (t) => {
    const data = makeProject(t, { "open/a.txt": "open", "closed/b.txt": "closed" });
    const [open, closed] = [data.path("open"), data.path("closed")];
    const project = makeProject(t, {
      "a.js": attempting([
        read(`${open}/a.txt`),
        read(`${closed}/b.txt`),
        `fs.readdirSync('${closed}')`,
        `fs.writeFileSync('${open}/c.txt', '')`,
        `fs.renameSync('${closed}/b.txt', '${open}/b.txt')`,
        `fs.linkSync('${closed}/b.txt', '${open}/b.txt')`,
      ]),
      "package.json": {},
    });
    const grants = [`--allow-read=${data.folder}`, `--allow-write=${open}`, `--deny-read=${closed}`];
    const outcome = await cordonRun([...flags, ...grants, "--quiet", "a.js"], { cwd: project.folder });
    const [first, secret, list, written, ...refused] = results(outcome.stdout);
    assert.deepEqual([first, secret, list, written], ["open", "EACCES", "EACCES", null]);
    for (const code of refused) assert.match(String(code), /EACCES|EXDEV|ENOENT|EROFS/);
  });

  test(`a grant that names a secret opens it, ${name}`, async (t) => {
    const project = makeProject(t, { "package.json": {}, ".env": "named", "a.js": attempting([read(".env")]) });
    const outcome = await cordonRun([...flags, "--allow-read=.env", "--quiet", "a.js"], { cwd: project.folder });
    assert.deepEqual(results(outcome.stdout), ["named"]);
  });

  test(`a file that takes a granted file's place through a symlink is refused, ${name}`, async (t) => {
    const outside = makeProject(t, { "canary.txt": "canary" });
    const project = makeProject(t, { "package.json": {}, "a.js": attempting([read("data/link")]) });
    mkdirSync(project.path("data"));
    writeFileSync(project.path("data/x"), "");
    symlinkSync(outside.path("canary.txt"), project.path("data/link"));
    const outcome = await cordonRun([...flags, "--allow-write=./data", "--quiet", "a.js"], { cwd: project.folder });
    assert.match(String(results(outcome.stdout)[0]), /EACCES|ENOENT/);
  });
}

test("names in a secret folder are not seen with namespaces", async (t) => {
  const project = makeProject(t, { "package.json": {}, ".ssh/id_secret": "secret", "deep/.aws/credentials": "secret", "a.js": attempting(["fs.readdirSync('.ssh')", "fs.readdirSync('deep/.aws')", "fs.readdirSync('deep')"]) });
  const outcome = await cordonRun(["--quiet", "a.js"], { cwd: project.folder });
  const [ssh, aws, deep] = results(outcome.stdout);
  for (const seen of [ssh, aws]) assert.match(String(seen), /^(EACCES)?$/, outcome.stderr);
  assert.deepEqual(deep, [".aws"]);
});
