// --watch, --env-file and --inspect work, and widen nothing that the policy does not say.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { behavesAlike, cordonRun, makeProject, openTerminal, quote, cordon, startCordon } from "../harness/index.ts";

const environment = 'A=1\n# comment\nexport B = two # rest\nC="x\\ny"\nD=\'a # b\'\nE=`m\nn`\nF=\nnothing\nA=3\n';
const show = "console.log(JSON.stringify(['A', 'B', 'C', 'D', 'E', 'F'].map((name) => process.env[name])))";

test("a file of variables is read as the engine reads it", async (t) => {
  const flags = ["--allow-env=A,B,C,D,E,F"];
  const outcome = await behavesAlike(t, { "a.js": show, variables: environment }, ["--env-file=variables", "a.js"], { flags, env: { B: "given" } });
  assert.equal(JSON.parse(outcome.stdout)[1], "given");
});

test("of a file of variables the program sees what it is granted, and it cannot read the file", async (t) => {
  const project = makeProject(t, { ".env": "A=1\nB=2\nNODE_OPTIONS=--no-such-flag\n", "a.js": `${show}; require("fs").readFileSync(".env")` });
  const outcome = await cordonRun(["--env-file=.env", "--allow-env=A", "a.js"], { cwd: project.folder });
  assert.equal(outcome.stdout, '["1",null,null,null,null,null]\n');
  assert.match(outcome.stderr, /EACCES/);
});

test("a file of variables that is missing is an error, unless it may be", async (t) => {
  const project = makeProject(t, { "a.js": "console.log('ran')" });
  assert.equal((await cordonRun(["--env-file=absent", "a.js"], { cwd: project.folder })).code, 125);
  assert.equal((await cordonRun(["--env-file-if-exists=absent", "a.js"], { cwd: project.folder })).stdout, "ran\n");
});

test("a debugger reaches the program at the port that was named, on loopback only", async (t) => {
  const project = makeProject(t, { "a.js": "console.log('ran'); setTimeout(() => {}, 60_000)" });
  const running = startCordon(["run", "--inspect=0", "a.js"], { cwd: project.folder });
  t.after(() => running.child.kill());
  await running.prints("ran");
  const port = /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(running.output.stderr)?.[1];
  assert.ok(port, running.output.stderr);
  const answer = (await (await fetch(`http://127.0.0.1:${port}/json/version`)).json()) as { Browser: string };
  assert.match(answer.Browser, /^node\.js/);
});

test("a debugger's port beyond this machine is refused, and so is one that is denied", async (t) => {
  const project = makeProject(t, { "a.js": "console.log('ran')" });
  for (const place of ["0.0.0.0:9229", "[::]:9229", "example.org:9229", "9229x", "70000"]) {
    const outcome = await cordonRun([`--inspect=${place}`, "a.js"], { cwd: project.folder });
    assert.deepEqual([outcome.code, outcome.stdout], [125, ""], place);
  }
  const outcome = await cordonRun(["--inspect=0", "--deny-listen", "a.js"], { cwd: project.folder });
  assert.match(outcome.stderr, /permission denied|operation not permitted/i);
  assert.doesNotMatch(outcome.stderr, /Debugger listening/);
});

test("without the flag nothing listens for a debugger, whatever the program does", async (t) => {
  const project = makeProject(t, { "a.js": "try { require('inspector').open(0, '127.0.0.1') } catch (error) { console.log(error.code) } console.log(require('inspector').url())" });
  const outcome = await cordonRun(["a.js"], { cwd: project.folder });
  assert.match(outcome.stdout, /undefined\n$/);
});

test("a changed file starts the program anew, under what its manifest says then", async (t) => {
  const secret = makeProject(t, { text: "granted" });
  const program = (name: string): string => `try { console.log("${name}", require("fs").readFileSync(${JSON.stringify(secret.path("text"))}, "utf8")) } catch { console.log("${name}", "denied") } setInterval(() => {}, 1000)`;
  const project = makeProject(t, { "package.json": {}, "lib/b.js": program("one"), "a.js": "require('./lib/b.js')" });
  const running = startCordon(["run", "--watch", "a.js"], { cwd: project.folder });
  t.after(() => running.child.kill());
  await running.prints("one denied");
  project.write({ "lib/b.js": program("two") });
  await running.prints("two denied");
  project.write({ "package.json": { cordon: { permissions: { read: [secret.folder] } } } });
  await running.prints("two granted");
  project.write({ "package.json": { cordon: { permissions: { read: {} } } } });
  for (let tries = 0; !running.output.stderr.includes("permissions/read") && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.match(running.output.stderr, /permissions\/read/);
  project.write({ "package.json": {}, "lib/b.js": program("three") });
  await running.prints("three denied");
  running.child.kill("SIGTERM");
  assert.equal((await running.ended).signal, "SIGTERM");
});

test("what the program writes does not start it anew", async (t) => {
  const program = "require('fs').writeFileSync('out/x.js', 'x'); console.log('wrote'); setInterval(() => {}, 1000)";
  const project = makeProject(t, { "package.json": { cordon: { permissions: { write: ["./out"] } } }, "a.js": program });
  const running = startCordon(["run", "--watch", "a.js"], { cwd: project.folder });
  t.after(() => running.child.kill());
  await running.prints("wrote");
  await new Promise((resolve) => setTimeout(resolve, 800));
  assert.equal(running.output.stdout, "wrote\n");
});

test("the end of the watcher is the end of the program", async (t) => {
  const project = makeProject(t, { "a.js": "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port)); setInterval(() => {}, 1000)" });
  const running = startCordon(["run", "--watch", "--allow-listen=0", "a.js"], { cwd: project.folder });
  await running.prints(/^\d+\n$/);
  const port = Number(running.output.stdout);
  running.child.kill("SIGKILL");
  await running.ended;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const socket = connect(port, "127.0.0.1");
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNREFUSED");
});

test("Ctrl-C reaches the program once and ends the watching", async (t) => {
  const project = makeProject(t, { "a.js": "let times = 0; process.on('SIGINT', () => { times++; setTimeout(() => { console.log('times', times); process.exit() }, 300) }); setInterval(() => {}, 1000); console.log('started')" });
  const terminal = await openTerminal(t, { cwd: project.folder });
  terminal.type(`${quote(cordon)} run --watch a.js\n`);
  await terminal.shows("started");
  terminal.type("\x03");
  await terminal.shows("times 1");
  await terminal.shows("ready> ");
});

test("where a wildcard grants every variable, a file of variables brings none that engines, loaders and cordon obey", async (t) => {
  const names = ["LD_PRELOAD", "LD_LIBRARY_PATH", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "GIT_SSH_COMMAND", "BASH_ENV", "PATH", "HOME", "TMPDIR", "CORDON_POLICY", "CORDON_REPORT_FD", "PLAIN"];
  const program = `console.log(${JSON.stringify(names)}.filter((name) => process.env[name] === "from the file").join())`;
  const project = makeProject(t, { variables: names.map((name) => `${name}=from the file\n`).join(""), "a.js": program });
  const outcome = await cordonRun(["--env-file=variables", "--allow-env=*", "a.js"], { cwd: project.folder });
  assert.deepEqual([outcome.stdout, outcome.code], ["PLAIN\n", 0], outcome.stderr);
});

test("modules that flags name are loaded inside of the jail, and a grant is no module", async (t) => {
  const outside = makeProject(t, { "secret.cjs": "console.log('loaded from outside')", "secret.mjs": "console.log('loaded from outside')" });
  const own = "console.log(require('fs').existsSync(process.argv[2]) ? 'seen' : 'hidden')";
  const project = makeProject(t, { "package.json": {}, "own.cjs": own, "a.js": own });
  for (const flags of [["--require", outside.path("secret.cjs")], [`--import=${outside.path("secret.mjs")}`], ["-r", `--allow-read=${outside.folder}`], ["--import", `--allow-read=${outside.folder}`]]) {
    const outcome = await cordonRun([...flags, "a.js", outside.path("secret.cjs")], { cwd: project.folder });
    assert.notEqual(outcome.code, 0, flags.join(" "));
    assert.equal(outcome.stdout, "", flags.join(" "));
  }
  const outcome = await cordonRun(["--require=./own.cjs", "a.js", outside.path("secret.cjs")], { cwd: project.folder });
  assert.deepEqual([outcome.stdout, outcome.code], ["hidden\nhidden\n", 0], outcome.stderr);
});
