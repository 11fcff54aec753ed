// What the shell had started before it became cordon is not cordon's to wait for, nor to end.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { kill } from "node:process";
import { test } from "node:test";
import { cordon, makeProject } from "../harness/index.ts";

for (const flag of ["--namespaces=auto", "--namespaces=off"]) {
  test(`children of whoever became the launcher go on, ${flag}`, (t) => {
    const project = makeProject(t, { "package.json": {}, "a.js": "console.log('ended')" });
    const ended = spawnSync("sh", ["-c", `sleep 60 >/dev/null 2>&1 & echo $!; exec "${cordon}" run ${flag} a.js`], { cwd: project.folder, encoding: "utf8", timeout: 30_000 });
    const [sleeper = "", said = ""] = ended.stdout.split("\n");
    assert.equal(said, "ended", ended.stderr);
    assert.equal(ended.status, 0);
    // Throws where there is no such process.
    kill(Number(sleeper), 0);
    kill(Number(sleeper), "SIGKILL");
  });
}
