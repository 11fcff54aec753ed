// stdin, stdout and stderr: pipes, files, closed ones, readers that go away.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { behavesAlike, cordon, engine, makeProject, quote, settingFlags, start, type Outcome } from "../harness/index.ts";

const bare = quote(engine);
const jailed = [cordon, "run", ...settingFlags].map(quote).join(" ");

/** Runs a bash line twice, `RUN` standing for the engine and for cordon, and demands the same. */
async function shellAlike(t: Parameters<typeof makeProject>[0], files: Record<string, string>, line: string): Promise<Outcome> {
  const seen = async (program: string): Promise<Outcome> => {
    const project = makeProject(t, files);
    const outcome = await start("bash", ["-c", line.replaceAll("RUN", program)], { cwd: project.folder }).ended;
    return { ...outcome, stderr: outcome.stderr.replaceAll(project.folder, "<project>"), stdout: outcome.stdout.replaceAll(project.folder, "<project>") };
  };
  const expected = await seen(bare);
  const outcome = await seen(jailed);
  assert.deepEqual(outcome, expected);
  return outcome;
}

test("megabytes pass through stdin and stdout", async (t) => {
  const input = "0123456789abcdef".repeat(300_000);
  const outcome = await behavesAlike(t, { "a.js": "process.stdin.pipe(process.stdout)" }, ["a.js"], { input });
  assert.equal(outcome.stdout.length, input.length);
});

test("stdin is read synchronously", async (t) => {
  const outcome = await behavesAlike(t, { "a.js": "process.stdout.write(require('fs').readFileSync(0))" }, ["a.js"], { input: "text" });
  assert.equal(outcome.stdout, "text");
});

test("an empty stdin ends at once", async (t) => {
  await behavesAlike(t, { "a.js": "process.stdin.on('end', () => console.log('end')).resume()" }, ["a.js"]);
});

test("stderr and stdout stay apart", async (t) => {
  const outcome = await behavesAlike(t, { "a.js": "console.log('out'); console.error('err')" }, ["a.js"]);
  assert.deepEqual([outcome.stdout, outcome.stderr], ["out\n", "err\n"]);
});

test("a reader that goes away ends the program as it does on the bare engine", async (t) => {
  const files = { "a.js": "const write = () => { while (process.stdout.write('line\\n')); process.stdout.once('drain', write); }; write()" };
  const outcome = await shellAlike(t, files, "RUN a.js 2>/dev/null | head -n 2; echo ${PIPESTATUS[0]}");
  assert.match(outcome.stdout, /^line\nline\n\d+\n$/);
});

test("yes through a program into head ends", async (t) => {
  await shellAlike(t, { "a.js": "process.stdin.pipe(process.stdout)" }, "yes | RUN a.js 2>/dev/null | head -n 3; echo ${PIPESTATUS[@]}");
});

test("files stand in for stdin, stdout and stderr, without any grant", async (t) => {
  const outside = makeProject(t, { in: "from a file" });
  const project = makeProject(t, { "a.js": "process.stdin.pipe(process.stdout); console.error('problem')" });
  const line = `${jailed} a.js < ${quote(outside.path("in"))} > ${quote(outside.path("out"))} 2>> ${quote(outside.path("err"))}`;
  const outcome = await start("sh", ["-c", line], { cwd: project.folder }).ended;
  assert.equal(outcome.code, 0);
  assert.equal(readFileSync(outside.path("out"), "utf8"), "from a file");
  assert.equal(readFileSync(outside.path("err"), "utf8"), "problem\n");
});

for (const closed of ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]) {
  test(`a program runs with ${closed}`, async (t) => {
    await shellAlike(t, { "a.js": "console.log('out'); console.error('err'); process.stdin.on('end', () => process.exit(4)).resume()" }, `RUN a.js ${closed}; echo $?`);
  });
}

test("descriptors beside the three do not reach the program", async (t) => {
  const outside = makeProject(t, { secret: "secret" });
  const project = makeProject(t, { "a.js": "for (let fd = 3; fd < 300; fd++) { try { const text = Buffer.alloc(9); require('fs').readSync(fd, text); if (text.includes('secret')) console.log('read', fd) } catch {} }" });
  const line = `${jailed} a.js 7< ${quote(outside.path("secret"))} 200< ${quote(outside.path("secret"))}`;
  const outcome = await start("bash", ["-c", line], { cwd: project.folder }).ended;
  assert.deepEqual([outcome.code, outcome.stdout], [0, ""]);
});

test("many programs in one pipeline work", async (t) => {
  const outcome = await shellAlike(t, { "a.js": "process.stdin.on('data', (d) => process.stdout.write(String(Number(d) + 1)))" }, "printf 1 | RUN a.js | RUN a.js | RUN a.js");
  assert.equal(outcome.stdout, "4");
});
