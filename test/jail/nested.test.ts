// A cordon inside of a jail joins it: it narrows, and never widens.
import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { cordon, cordonRun, makeProject, type Outcome, type Project, root, runCordon } from "../harness/index.ts";
import { attempting, results, settings } from "./settings.ts";

/** Starts cordon with its arguments, and ends as that ended. */
const OUTER = `
  const { spawnSync } = require('node:child_process');
  const { status, signal } = spawnSync(${JSON.stringify(cordon)}, process.argv.slice(2), { stdio: 'inherit' });
  console.log(JSON.stringify({ status, signal }));
`;

type Inner = { tried: unknown[]; end: { status: number | null; signal: string | null }; stderr: string };

/** A project with data/ beside it, which the manifest grants with the rest of `permissions`. */
function nested(t: TestContext, attempts: readonly string[], permissions: object = {}): { project: Project; data: Project } {
  const data = makeProject(t, { "file.txt": "data", "other/file.txt": "other" });
  const run = ["node", cordon];
  const project = makeProject(t, {
    "package.json": { cordon: { permissions: { run, ...permissions } } },
    "outer.js": OUTER,
    "inner/package.json": {},
    "inner/inner.js": attempting(attempts),
  });
  return { project, data };
}

/** What inner/inner.js did under `inner` flags, in a jail with `outer` flags. */
async function run(project: Project, outer: readonly string[], inner: readonly string[]): Promise<Inner> {
  return ended(await cordonRun([...outer, "outer.js", "run", ...inner, "inner/inner.js"], { cwd: project.folder, env: { GIVEN: "given" } }));
}

function ended({ stdout, stderr }: Outcome): Inner {
  const lines = results(stdout);
  return { tried: lines.slice(0, -1), end: lines.at(-1) as Inner["end"], stderr };
}

const read = (path: string): string => `fs.readFileSync(${JSON.stringify(path)}, 'utf8')`;

for (const { name, flags } of settings) {
  test(`what the inner run is denied it can't reach, nor its workers and children, ${name}`, async (t) => {
    const { project, data } = nested(t, []);
    const file = data.path("file.txt");
    const child = "require('node:child_process').spawnSync(process.execPath, ['-p', process.argv[2]], { encoding: 'utf8' }).stdout.trim()";
    project.write({ "inner/inner.js": attempting([read(file), read(data.path("other/file.txt")), child]) });
    const code = `try { fs.readFileSync(${JSON.stringify(file)}, 'utf8') } catch (error) { error.code }`;
    const allowed = [`--allow-read=${data.folder}`, "--allow-run=node"];
    const go = async (inner: readonly string[]): Promise<Inner> => ended(await cordonRun([...flags, `--allow-read=${data.folder}`, "outer.js", "run", ...inner, "inner/inner.js", code], { cwd: project.folder }));
    assert.deepEqual((await go(allowed)).tried, ["data", "other", "data"]);
    assert.deepEqual((await go([...allowed, `--deny-read=${file}`])).tried, ["EACCES", "other", "EACCES"]);
    assert.deepEqual((await go(["--allow-run=node"])).tried.slice(0, 2), ["EACCES", "EACCES"]);
  });

  test(`a grant that the jail around lacks has no effect, ${name}`, async (t) => {
    const server = createServer((socket) => socket.end("reached")).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const { project, data } = nested(t, []);
    const target = data.path("made.txt");
    project.write({
      "inner/inner.js": `${attempting([read(data.path("file.txt")), `fs.writeFileSync(${JSON.stringify(target)}, '')`, "process.env.GIVEN ?? 'none'", "require('node:child_process').spawnSync('cat', ['/dev/null']).error?.code"])}
        require('node:net').connect(${port}, '127.0.0.1').on('error', ({ code }) => console.log(JSON.stringify(code))).on('connect', () => console.log('"reached"'));`,
    });
    const wide = ["--allow-read=/", `--allow-write=${data.folder}`, "--allow-env=GIVEN", "--allow-run=cat,node", `--allow-net=127.0.0.1:${port}`];
    const { tried, end, stderr } = await run(project, [...flags, "--quiet"], wide);
    assert.deepEqual(end, { status: 0, signal: null }, stderr);
    const [reading, writing, ...others] = tried;
    assert.ok(reading === "ENOENT" || reading === "EACCES", String(reading));
    assert.ok(writing === "ENOENT" || writing === "EACCES" || writing === "EROFS", String(writing));
    assert.deepEqual([others[0], others[2]], ["none", "EACCES"]);
    assert.ok(others[1] === "ENOENT" || others[1] === "EACCES", String(others[1]));
  });
}

test("without a write grant of its own nothing is written, and no metadata changed", async (t) => {
  const { project, data } = nested(t, []);
  const file = data.path("file.txt");
  const attempts = [`fs.writeFileSync(${JSON.stringify(file)}, 'new')`, `fs.chmodSync(${JSON.stringify(file)}, 0o600)`, `fs.unlinkSync(${JSON.stringify(file)})`];
  project.write({ "inner/inner.js": attempting(attempts) });
  const outer = [`--allow-write=${data.folder}`, "--quiet"];
  assert.deepEqual((await run(project, outer, [`--allow-read=${data.folder}`])).tried, ["EACCES", "EPERM", "EACCES"]);
  assert.deepEqual((await run(project, outer, [`--allow-write=${data.folder}`])).tried, [null, null, null]);
});

test("native code of a run without a write grant makes no socket file by a pair's socket", async (t) => {
  const { project, data } = nested(t, [], { run: ["node", cordon, "perl"] });
  const code = `use Socket; for my $kind (SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM) {
    my $made = socketpair(my $one, my $other, AF_UNIX, $kind, 0);
    close($other);
    print $made && bind($one, sockaddr_un("${data.folder}/$kind.sock")) ? "bound " : "refused "; }`;
  project.write({ "inner/inner.js": attempting([`require('node:child_process').spawnSync('perl', ['-e', ${JSON.stringify(code)}], { encoding: 'utf8' }).stdout`]) });
  const net = "--allow-net=127.0.0.1:9";
  const { tried, stderr } = await run(project, [`--allow-write=${data.folder}`, net, "--quiet"], ["--allow-run=node,perl", net]);
  assert.deepEqual(tried, ["refused refused refused "], stderr);
});

test("watching tells of nothing that the inner run may not read", async (t) => {
  const { project, data } = nested(t, []);
  project.write({ "inner/inner.js": attempting([`fs.watch(${JSON.stringify(data.folder)}).close()`]) });
  const outer = [`--allow-read=${data.folder}`, "--quiet"];
  assert.deepEqual((await run(project, outer, [])).tried, ["EACCES"]);
  // As wide as the jail around: its own code too.
  const { tried } = ended(await cordonRun([...outer, "outer.js", "run", `--allow-read=${data.folder}`, `--allow-read=${project.folder}`, "inner/inner.js"], { cwd: project.folder }));
  assert.deepEqual(tried, [null]);
});

test("the network is the same as that of the jail around, or none", async (t) => {
  const server = createServer((socket) => socket.end("reached")).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const { project } = nested(t, []);
  project.write({ "inner/inner.js": `require('node:net').connect(${port}, '127.0.0.1').on('error', ({ code }) => console.log(JSON.stringify(code))).on('data', (data) => console.log(JSON.stringify(String(data))));` });
  const granted = `--allow-net=127.0.0.1:${port}`;
  assert.deepEqual((await run(project, [granted, "--quiet"], [granted])).tried, ["reached"]);
  assert.deepEqual((await run(project, [granted, "--quiet"], [])).tried, ["EACCES"]);
  const part = await run(project, [granted, "--allow-net=db.example:5432", "--quiet"], [granted]);
  assert.deepEqual(part.end, { status: 125, signal: null });
  assert.match(part.stderr, /Cannot narrow net inside a jail: "db\.example:5432"/);
});

test("without a run grant of its own nothing is started", async (t) => {
  const child = "require('node:child_process').spawnSync(process.execPath, ['-p', '1']).error?.code ?? 'started'";
  const { project } = nested(t, [child]);
  assert.deepEqual((await run(project, [], [])).tried, ["EACCES"]);
  assert.deepEqual((await run(project, [], ["--allow-run=node"])).tried, ["started"]);
});

test("processes of the jail around get no signals from the inner run, nor is their environment read", async (t) => {
  const { project } = nested(t, ["process.kill(process.ppid, 0)", "fs.readFileSync(`/proc/${process.ppid}/environ`, 'utf8').length", "process.kill(process.pid, 0)"]);
  const { tried } = await run(project, ["--allow-env=GIVEN", "--quiet"], []);
  assert.deepEqual([tried[0], tried[2]], ["EPERM", true]);
  assert.equal(tried[1], "EACCES");
});

test("codes, signals and streams are those of the program", async (t) => {
  const { project } = nested(t, []);
  project.write({ "inner/inner.js": "if (process.argv[2] === 'kill') process.kill(process.pid, 'SIGTERM'); else process.stdin.on('data', (data) => process.stdout.write(data)).on('end', () => process.exit(7));" });
  const options = { cwd: project.folder, input: '"through"\n' };
  const through = ended(await cordonRun(["outer.js", "run", "inner/inner.js"], options));
  assert.deepEqual(through, { tried: ["through"], end: { status: 7, signal: null }, stderr: "" });
  const killed = ended(await cordonRun(["outer.js", "run", "inner/inner.js", "kill"], options));
  assert.deepEqual(killed.end, { status: null, signal: "SIGTERM" });
});

test("a signal to the inner run reaches its program", async (t) => {
  const { project } = nested(t, []);
  project.write({
    "inner/inner.js": "process.on('SIGINT', () => process.exit(9)); setInterval(() => {}, 1000); console.log('\"ready\"');",
    "outer.js": `const child = require('node:child_process').spawn(${JSON.stringify(cordon)}, process.argv.slice(2)); child.stdout.once('data', () => child.kill('SIGINT')); child.on('exit', (status, signal) => console.log(JSON.stringify({ status, signal })));`,
  });
  const outcome = ended(await cordonRun(["outer.js", "run", "inner/inner.js"], { cwd: project.folder }));
  assert.deepEqual(outcome.end, { status: 9, signal: null }, outcome.stderr);
});

test("scripts call cordon run without a grant for it", async (t) => {
  const data = makeProject(t, { "file.txt": "data" });
  const project = makeProject(t, {
    "print.js": attempting([read(data.path("file.txt"))]),
    "package.json": { scripts: { both: `cordon run print.js && cordon run --deny-read=${data.folder} print.js && cordon one`, one: "node print.js" }, cordon: { permissions: { read: [data.folder] } } },
  });
  const { code, stdout, stderr } = await runCordon(["both", "--quiet"], { cwd: project.folder });
  assert.deepEqual({ code, tried: results(stdout) }, { code: 0, tried: ["data", "EACCES", "data"] }, stderr);
});

test("a jail in a jail in a jail has what all of them have", async (t) => {
  const { project, data } = nested(t, []);
  project.write({ "inner/inner.js": attempting([read(data.path("file.txt")), read(data.path("other/file.txt"))]) });
  const inner = ["run", "--allow-read=/", "inner/inner.js"];
  const flags = [`--allow-read=${data.folder}`, "--quiet"];
  const all = await cordonRun([...flags, "outer.js", "run", ...flags, "outer.js", ...inner], { cwd: project.folder });
  assert.deepEqual(ended(all).tried.slice(0, 2), ["data", "other"], all.stderr);
  const narrowed = await cordonRun([...flags, "outer.js", "run", ...flags, `--deny-read=${data.path("other")}`, "outer.js", ...inner], { cwd: project.folder });
  assert.deepEqual(ended(narrowed).tried.slice(0, 2), ["data", "EACCES"], narrowed.stderr);
});

test("what wants a supervisor, a guardian or an older Landlock is refused", async (t) => {
  const { project } = nested(t, ["1"]);
  const refused: [string[], RegExp][] = [
    [["--report=json:x.json"], /Cannot write reports inside a jail/],
    [["--record"], /Cannot record inside a jail/],
    [["--landlock-at-most=5"], /Cannot join the jail around: this kernel's Landlock has ABI 5/],
  ];
  for (const [flags, message] of refused) {
    const { end, stderr } = await run(project, [], flags);
    assert.deepEqual(end, { status: 125, signal: null }, flags.join());
    assert.match(stderr, message);
  }
  project.write({ "inner/package.json": { cordon: { limits: { memory: "100MB" } } } });
  const limited = await run(project, [], []);
  assert.match(limited.stderr, /Cannot limit memory inside a jail: the jail around has none/);
  const learned = ended(await cordonRun(["outer.js", "learn", "inner/inner.js"], { cwd: project.folder }));
  assert.match(learned.stderr, /Cannot learn inside a jail/);
});

test("the engine must be granted by the jail around", async (t) => {
  const project = makeProject(t, { "package.json": { cordon: { permissions: { run: [cordon], read: [root] } } }, "outer.js": OUTER, "inner.js": "" });
  const { end, stderr } = ended(await cordonRun(["outer.js", "run", "inner.js"], { cwd: project.folder }));
  assert.deepEqual(end, { status: 125, signal: null });
  assert.match(stderr, /add "node" to "run" of the jail around/);
});

test("no variable makes a run outside of a jail join one", async (t) => {
  const project = makeProject(t, { "package.json": {}, "a.js": "console.log(process.env.HOME)" });
  const { stdout } = await cordonRun(["a.js"], { cwd: project.folder, env: { CORDON_POLICY: "{}", CORDON_REPORT_FD: "3", HOME: "/elsewhere" } });
  assert.match(stdout, /\/cordon-[0-9a-f]{16}\/home\n$/);
});
