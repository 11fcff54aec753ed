// On a terminal one line shows how far an installation is, and is gone afterwards; nowhere else anything of it is seen.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { cordon, openTerminal, quote } from "../harness/index.ts";
import type { Packages } from "../registry/index.ts";
import { makeWorld, type World } from "./world.ts";

const packages: Packages = { a: { versions: { "1.0.0": {} } }, b: { versions: { "1.0.0": {} } } };
const project = { "package.json": { name: "project", dependencies: { a: "1", b: "1" } } };
const slow = { latency: 700 };

async function shownBy(t: Parameters<typeof openTerminal>[0], world: World, args: string, more: Record<string, string> = {}): Promise<string> {
  const terminal = await openTerminal(t, { cwd: world.project.folder, env: { TERM: "xterm", HOME: world.home.folder, NPM_CONFIG_REGISTRY: world.registry.url, ...more } });
  terminal.type(`${quote(cordon)} install ${args}; echo ended=$?\n`);
  await terminal.shows("ended=0");
  return terminal.shown();
}

test("a line shows how far it is, and is cleared before the summary", async (t) => {
  const world = await makeWorld(t, packages, project, slow);
  const shown = await shownBy(t, world, "");
  assert.match(shown, /\rresolving: \d+ packages looked up\u001b\[K/);
  assert.match(shown, /\r\u001b\[Kadded 2 packages/);
  // With a lockfile nothing is fetched before.
  for (const kept of [world.project.path("node_modules"), world.home.path(".cache")]) rmSync(kept, { recursive: true });
  const filled = await shownBy(t, world, "");
  assert.match(filled, /\r\[\.+\] 0 of 2 packages, 0\.0 MB\u001b\[K/);
  assert.match(filled, /\r\u001b\[Kadded 2 packages/);
});

test("no line with --silent, with CI, on a dumb terminal and without one", async (t) => {
  const world = await makeWorld(t, packages, project, slow);
  const outcome = await world.cordon(["install"], { env: { TERM: "xterm" } });
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.ok(!/\r|\u001b/.test(outcome.stdout + outcome.stderr), JSON.stringify(outcome));
  for (const [args, env] of [["--silent", {}], ["", { CI: "1" }], ["", { TERM: "dumb" }]] as const) {
    const other = await makeWorld(t, packages, project, slow);
    assert.ok(!/looked up|packages, /.test(await shownBy(t, other, args, env)), `${args} ${JSON.stringify(env)}`);
  }
});
