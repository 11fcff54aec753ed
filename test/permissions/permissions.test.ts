// `cordon permissions` shows what is in force and where each grant comes from.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeProject, runCordon } from "../harness/index.ts";

const manifest = {
  name: "app",
  cordon: {
    permissions: { read: ["./data"], net: ["api.example.org:443"], listen: [3000], env: ["APP_*"] },
    deny: { net: ["internal.example.org"] },
    limits: { processes: 64 },
  },
};

test("each grant is shown with the place it comes from", async (t) => {
  const project = makeProject(t, { "package.json": manifest, "data/x": "" });
  const outcome = await runCordon(["permissions", "--allow-read=/usr/share/zoneinfo"], { cwd: project.folder });
  assert.equal(outcome.code, 0, outcome.stderr);
  for (const text of ["./data", "api.example.org:443", "3000", "APP_*", "internal.example.org", "/cordon/permissions/net/0", "--allow-read=/usr/share/zoneinfo", "64"]) {
    assert.ok(outcome.stdout.includes(text), `${text} is not in\n${outcome.stdout}`);
  }
});

test("--json gives the same as data", async (t) => {
  const project = makeProject(t, { "package.json": manifest, "data/x": "" });
  const outcome = await runCordon(["permissions", "--json"], { cwd: project.folder });
  assert.equal(outcome.code, 0, outcome.stderr);
  const data = JSON.stringify(JSON.parse(outcome.stdout));
  for (const text of ["api.example.org:443", "internal.example.org", "/cordon/permissions/net/0"]) assert.ok(data.includes(text), `${text} is not in ${data}`);
});

test("a broken manifest is an error here too", async (t) => {
  const project = makeProject(t, { "package.json": { cordon: { permissions: { net: ["http://x"] } } } });
  const outcome = await runCordon(["permissions"], { cwd: project.folder });
  assert.equal(outcome.code, 125);
  assert.match(outcome.stderr, /net\/0/);
});
