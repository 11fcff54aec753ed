// Every Landlock ABI that cordon accepts holds, and it refuses the others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cordonRun, makeProject } from "../harness/index.ts";
import { attempting, results, settings } from "./settings.ts";

for (const abi of [3, 4, 5, 6, 7]) {
  for (const { name, flags } of settings) {
    test(`ABI ${abi} keeps files and truncation inside the grants, ${name}`, async (t) => {
      const outside = makeProject(t, { "canary.txt": "canary" });
      const canary = outside.path("canary.txt");
      const project = makeProject(t, {
        "package.json": {},
        "own.txt": "own",
        "data/mine.txt": "mine",
        "a.js": attempting([
          `fs.readFileSync('${canary}', 'utf8')`,
          `fs.truncateSync('${canary}')`,
          "fs.truncateSync('own.txt')",
          "fs.readFileSync('own.txt', 'utf8')",
          "fs.truncateSync('data/mine.txt')",
          "fs.renameSync('data/mine.txt', 'data/new.txt')",
        ]),
      });
      const outcome = await cordonRun([...flags, `--landlock-at-most=${abi}`, "--allow-write=./data", "--quiet", "a.js"], { cwd: project.folder });
      const [read, truncated, own, text, ...granted] = results(outcome.stdout);
      for (const code of [read, truncated]) assert.match(String(code), /^(EACCES|ENOENT)$/);
      assert.match(String(own), /^(EACCES|EROFS)$/);
      assert.deepEqual([text, ...granted], ["own", null, null]);
    });
  }
}
