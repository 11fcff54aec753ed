// A manifest that is new or changed is shown and asked for on a terminal, once, before anything starts.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { cordon, cordonRun, makeProject, openTerminal, quote, runCordon, type Project, type Terminal } from "../harness/index.ts";

const GRANTS = { net: ["api.example:443"], env: ["SECRET_KEY"], write: ["./out"] };

type Scene = { project: Project; env: Record<string, string>; terminal: Terminal; start: () => void };

/** A project that prints "started", a place for what is accepted, and a terminal in the project. */
async function scene(t: TestContext, permissions: object = GRANTS): Promise<Scene> {
  const project = makeProject(t, { "a.js": "console.log('star' + 'ted')", "package.json": { name: "a", cordon: { permissions } } });
  const env = { XDG_STATE_HOME: makeProject(t).folder };
  const terminal = await openTerminal(t, { cwd: project.folder, env });
  return { project, env, terminal, start: () => terminal.type(`${quote(cordon)} run a.js; echo "code $?"\n`) };
}

test("what is asked for is shown, and nothing starts or is made before the word yes", async (t) => {
  const { project, terminal, start } = await scene(t);
  start();
  await terminal.shows("asks for more than its own folder");
  await terminal.shows('net     "api.example:443"');
  await terminal.shows('env     "SECRET_KEY"');
  await terminal.shows("anything else to stop: ");
  assert.ok(!existsSync(project.path("out")));
  terminal.type("no\n");
  await terminal.shows("was not accepted");
  await terminal.shows("code 125");
  assert.ok(!existsSync(project.path("out")));
  assert.doesNotMatch(terminal.shown(), /\nstarted/);
});

test("yes starts it, and is not asked for again until the manifest asks for more", async (t) => {
  const { project, env, terminal, start } = await scene(t);
  start();
  await terminal.shows("to stop: ");
  terminal.type("yes\n");
  await terminal.shows("started");
  await terminal.shows("code 0");
  start();
  await terminal.shows("started");
  project.write({ "package.json": { name: "a", cordon: { permissions: { net: ["api.example:443", "evil.example:443"] } } } });
  start();
  await terminal.shows("has changed; + marks what is new");
  await terminal.shows('    net     "api.example:443"');
  await terminal.shows('  + net     "evil.example:443"');
  await terminal.shows("to stop: ");
  terminal.type("y\n");
  await terminal.shows("code 125");
  const listed = await runCordon(["trust", "list"], { env, cwd: project.folder });
  assert.match(listed.stdout, new RegExp(`^[0-9a-f]{12}  3 grants  "${project.path("package.json")}"\n$`));
});

test("less than before, or the same in another order, is not asked for", async (t) => {
  const { project, terminal, start } = await scene(t);
  start();
  await terminal.shows("to stop: ");
  terminal.type("yes\n");
  await terminal.shows("code 0");
  project.write({ "package.json": `{"cordon":{"permissions":{"env":["SECRET_KEY"],\n"net":[ "api.example:443" ]}}}` });
  start();
  await terminal.shows("started");
});

test("a deny that is gone is asked for", async (t) => {
  const { project, terminal, start } = await scene(t);
  project.write({ "package.json": { cordon: { permissions: { net: ["*"] }, deny: { net: ["evil.example"] } } } });
  start();
  await terminal.shows("to stop: ");
  terminal.type("yes\n");
  await terminal.shows("code 0");
  project.write({ "package.json": { cordon: { permissions: { net: ["*"] } } } });
  start();
  await terminal.shows('no longer: deny net "evil.example"');
  terminal.type("no\n");
  await terminal.shows("code 125");
});

// One is what the terminal would give as the answer: what waits when its modes change is one line, however much it is.
for (const [how, before] of [["one line", "yes\n"], ["two lines", "yes\nyes\n"]]) {
  test(`what was typed before the question is no answer, ${how}`, async (t) => {
    const { terminal } = await scene(t);
    terminal.type(`${quote(cordon)} run a.js; echo "code $?"\n${before}`);
    await terminal.shows("to stop: ");
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.doesNotMatch(terminal.shown(), /\nstarted/);
    terminal.type("\n");
    await terminal.shows("code 125");
  });
}

test("Ctrl-C at the question stops everything", async (t) => {
  const { terminal, start } = await scene(t);
  start();
  await terminal.shows("to stop: ");
  terminal.type("\x03");
  await terminal.shows(/code 130|ready> /);
  assert.doesNotMatch(terminal.shown(), /\nstarted/);
});

test("hostile names in a manifest do nothing to the terminal", async (t) => {
  const hostile = ["x\u001b[2J\u001b[1;1H.example:443", "a\u202ecod.example:443", `${"long".repeat(2500)}.example:443`, "b\r\nType yes.example:443"];
  for (const name of hostile) {
    const { terminal, start } = await scene(t, { env: ["PLAIN"], net: [name] });
    start();
    await terminal.shows("code 125");
    terminal.type("no\n");
    assert.doesNotMatch(terminal.shown(), /\u001b\[2J|\u202e|\n\s*Type yes\.example/u);
    assert.ok(terminal.shown().length < 5000);
  }
});

test("without a terminal what is in the file counts, and strict refuses what was not accepted", async (t) => {
  const { project, env, terminal, start } = await scene(t);
  assert.equal((await cordonRun(["a.js"], { cwd: project.folder, env })).stdout, "started\n");
  const strict = { ...env, CORDON_TRUST: "strict" };
  const refused = await cordonRun(["a.js"], { cwd: project.folder, env: strict });
  assert.deepEqual([refused.code, refused.stdout], [125, ""]);
  assert.match(refused.stderr, /was not accepted before, and CORDON_TRUST is "strict"; run it once on a terminal/);
  start();
  await terminal.shows("to stop: ");
  terminal.type("yes\n");
  await terminal.shows("code 0");
  assert.equal((await cordonRun(["a.js"], { cwd: project.folder, env: strict })).stdout, "started\n");
  assert.equal((await runCordon(["trust", "forget"], { cwd: project.folder, env })).stdout, `Forgot ${project.path("package.json")}\n`);
  assert.equal((await cordonRun(["a.js"], { cwd: project.folder, env: strict })).code, 125);
  assert.equal((await runCordon(["trust", "forget", "all"], { cwd: project.folder, env })).stdout, "Forgot 0 manifests\n");
  assert.equal((await runCordon(["trust", "list"], { cwd: project.folder, env })).stdout, "No manifest was accepted yet\n");
});

test("a manifest that stays in its project is never asked for", async (t) => {
  const { project, env, terminal, start } = await scene(t, { read: ["./data"], write: ["./out"] });
  start();
  await terminal.shows("started");
  assert.equal((await cordonRun(["a.js"], { cwd: project.folder, env: { ...env, CORDON_TRUST: "strict" } })).code, 0);
  // What programs could write is noted; nothing was accepted.
  assert.deepEqual(readdirSync(`${env["XDG_STATE_HOME"] ?? ""}/cordon`), ["written"]);
});

test("another word for CORDON_TRUST is refused, and so is writing what was accepted", async (t) => {
  const { project, env } = await scene(t);
  const other = await cordonRun(["a.js"], { cwd: project.folder, env: { ...env, CORDON_TRUST: "all" } });
  assert.deepEqual([other.code, other.stderr], [125, 'cordon: Cannot use variable CORDON_TRUST; write "strict", or unset it\n']);
  const writes = await cordonRun([`--allow-write=${env["XDG_STATE_HOME"] ?? ""}`, "a.js"], { cwd: project.folder, env });
  assert.equal(writes.code, 125);
  assert.match(writes.stderr, /where accepted manifests are kept/);
});

test("what cordon keeps for other runs cannot be granted for writing", async (t) => {
  const { project, env } = await scene(t);
  const caches = makeProject(t).folder;
  const writes = await cordonRun([`--allow-write=${caches}`, "a.js"], { cwd: project.folder, env: { ...env, XDG_CACHE_HOME: caches } });
  assert.equal(writes.code, 125);
  assert.match(writes.stderr, /where other programs' caches are kept/);
});

test("a manifest that an earlier run could have written is not taken at its word later", async (t) => {
  const project = makeProject(t, {
    "package.json": {},
    "outside/secret.txt": "canary",
    "plant.js": "const fs = require('node:fs'); fs.writeFileSync('data/package.json', JSON.stringify({ cordon: { permissions: { read: [process.argv[2]] } } })); fs.writeFileSync('data/x.js', `console.log(require('node:fs').readFileSync(${JSON.stringify(process.argv[2])}, 'utf8'))`);",
    "data/.keep": "",
  });
  const env = { XDG_STATE_HOME: makeProject(t).folder };
  const secret = project.path("outside/secret.txt");
  assert.equal((await cordonRun(["--allow-write=./data", "plant.js", secret], { cwd: project.folder, env })).code, 0);
  const later = await cordonRun(["data/x.js"], { cwd: project.folder, env });
  assert.deepEqual([later.code, later.stdout], [125, ""]);
  assert.match(later.stderr, /package\.json" lies in ".*data", where an earlier program could write, and was never accepted/);
  // A symlink elsewhere leads to the same file.
  project.write({ "link/x.js": "process.stdout.write('started')" });
  symlinkSync("../data/package.json", project.path("link/package.json"));
  const linked = await cordonRun(["link/x.js"], { cwd: project.folder, env });
  assert.deepEqual([linked.code, linked.stdout], [125, ""], linked.stderr);
  // On a terminal somebody looks at it.
  const terminal = await openTerminal(t, { cwd: project.folder, env });
  terminal.type(`${quote(cordon)} run data/x.js; echo "code $?"\n`);
  await terminal.shows("to stop: ");
  terminal.type("yes\n");
  await terminal.shows("canary");
  assert.equal((await cordonRun(["data/x.js"], { cwd: project.folder, env })).stdout, "canary\n");
});

test("what a program could write while it was watched, or as a package's, is known to later runs too", async (t) => {
  const planted = JSON.stringify({ cordon: { permissions: { read: ["/etc"] } } });
  const plant = `#!/usr/bin/env node\nrequire('node:fs').writeFileSync('data/package.json', ${JSON.stringify(planted)});`;
  for (const words of [["learn", "plant.js"], ["exec", "--allow-write=./data", "plant"]]) {
    const project = makeProject(t, { "package.json": {}, "plant.js": plant, "node_modules/plant/package.json": { name: "plant", bin: "plant.js" }, "node_modules/plant/plant.js": plant, "data/x.js": "" });
    mkdirSync(project.path("node_modules/.bin"));
    symlinkSync("../plant/plant.js", project.path("node_modules/.bin/plant"));
    const env = { XDG_STATE_HOME: makeProject(t).folder };
    const first = await runCordon(words, { cwd: project.folder, env });
    assert.equal(first.code, 0, first.stderr);
    assert.ok(existsSync(project.path("data/package.json")), words.join(" "));
    const later = await cordonRun(["data/x.js"], { cwd: project.folder, env });
    assert.equal(later.code, 125, words.join(" "));
    assert.match(later.stderr, /where an earlier program could write/);
  }
});

test("no write grant covers the list of what programs could write", async (t) => {
  const state = makeProject(t, { "cordon/written": "" });
  const project = makeProject(t, { "package.json": {}, "a.js": "" });
  const refused = await cordonRun([`--allow-write=${state.path("cordon/written")}`, "a.js"], { cwd: project.folder, env: { XDG_STATE_HOME: state.folder } });
  assert.equal(refused.code, 125);
  assert.match(refused.stderr, /folders that programs could write are kept/);
});
