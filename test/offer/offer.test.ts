// When a program has ended on a terminal, cordon offers the grants that would let through what was refused, and runs it
// again with them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { cordon, makeProject, openTerminal, quote, runCordon, type Project, type Terminal } from "../harness/index.ts";

type Scene = { project: Project; terminal: Terminal; start: (flags?: string) => void; manifest: () => string };

const MANIFEST = { name: "offered", cordon: { permissions: {} } };

async function scene(t: TestContext, program: string, manifest: object = MANIFEST): Promise<Scene> {
  const project = makeProject(t, { "package.json": manifest, "a.js": program, ".env": "KEY=1", "data/.gitkeep": "" });
  const terminal = await openTerminal(t, { cwd: project.folder, env: { XDG_STATE_HOME: makeProject(t).folder } });
  const start = (flags = ""): void => terminal.type(`${quote(cordon)} run ${flags} a.js; echo "code $?"\n`);
  return { project, terminal, start, manifest: () => readFileSync(project.path("package.json"), "utf8") };
}

const READS = `try { console.log("got", require("fs").readFileSync("/opt/not-there", "utf8").length); } catch (error) { console.log(error.code); }
  try { require("fs").writeFileSync("data/x", "1"); console.log("wrote"); } catch (error) { console.log(error.code); process.exitCode = 3; }`;

test("yes adds the grants and runs the program again", async (t) => {
  const { terminal, start, manifest } = await scene(t, READS);
  start();
  await terminal.shows("+ write  ./data");
  await terminal.shows("anything else leaves it: ");
  terminal.type("yes\n");
  await terminal.shows("running again");
  await terminal.shows("wrote");
  await terminal.shows("code 0");
  assert.deepEqual(JSON.parse(manifest()).cordon.permissions.write, ["./data"]);
});

test("anything else leaves package.json alone, and the exit code is the program's", async (t) => {
  const { terminal, start, manifest } = await scene(t, READS);
  const before = manifest();
  start();
  await terminal.shows("anything else leaves it: ");
  terminal.type("y\n");
  await terminal.shows("code 3");
  assert.equal(manifest(), before);
});

test("secrets are never offered", async (t) => {
  const { terminal, start } = await scene(t, `for (const file of [".env", "/etc/shadow", "/root/.ssh/id_rsa", "/home/x/.npmrc"]) try { require("fs").readFileSync(file); } catch {} console.log("done");`);
  start();
  await terminal.shows("done");
  await terminal.shows("code 0");
  assert.doesNotMatch(terminal.shown(), /anything else leaves it/);
});

test("what the program types ahead, or has the terminal answer, is no answer", async (t) => {
  const { terminal, start, manifest } = await scene(t, `process.stdout.write("\\x1b[6n\\x1b[c"); ${READS}; setTimeout(() => {}, 1500); console.log("typing");`);
  const before = manifest();
  start();
  await terminal.shows("typing");
  terminal.type("yes\nyes\n");
  await terminal.shows("anything else leaves it: ");
  terminal.type("no\n");
  await terminal.shows("code 3");
  assert.equal(manifest(), before);
});

test("hostile names are shown escaped", async (t) => {
  const { terminal, start } = await scene(t, String.raw`try { require("fs").writeFileSync("/opt/\x1b[2J\x1b]0;x\x07‮evil\nyes", ""); } catch {}`);
  start();
  await terminal.shows("anything else leaves it: ");
  const question = terminal.shown().slice(terminal.shown().indexOf("cordon refused"));
  assert.doesNotMatch(question, /\x1b\[2J|\x1b\]0|\x07|‮/);
  terminal.type("no\n");
  await terminal.shows("code ");
});

test("signals and stops work as without the offer", async (t) => {
  const { terminal, start } = await scene(t, `process.on("SIGINT", () => { console.log("interrupted"); process.exit(5); }); process.on("SIGCONT", () => console.log("contin" + "ued")); setInterval(() => {}, 1000); console.log("up");`);
  start();
  await terminal.shows("up");
  terminal.type("\x1a");
  await terminal.shows("Stopped");
  terminal.type("fg\n");
  await terminal.shows("continued");
  terminal.type("\x03");
  await terminal.shows("interrupted");
  await terminal.shows("ready> ");
  terminal.type("echo code $?\n");
  await terminal.shows("code 5");
  assert.equal(terminal.shown().split("interrupted").length, 2, "it arrives once");
});

test("without a terminal, and with --quiet, nothing is asked", async (t) => {
  const { project, terminal, start } = await scene(t, READS);
  const outcome = await runCordon(["run", "a.js"], { cwd: project.folder });
  assert.equal(outcome.code, 3);
  assert.doesNotMatch(outcome.stderr, /leaves it/);
  start("--quiet");
  await terminal.shows("code 3");
  assert.doesNotMatch(terminal.shown(), /leaves it/);
});
