// Scripts as people write them, run by the shell without a jail: what they print, leave behind, and end with.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

const SHELL = join(import.meta.dirname, "../../dist/shell.cjs");

type Ended = { status: number | null; stdout: string; stderr: string };
type Project = { folder: string; run: (name: string, ...args: string[]) => Ended; shell: (...args: string[]) => Ended };

function project(context: TestContext, scripts: Record<string, string>): Project {
  const folder = mkdtempSync(join(tmpdir(), "scripts-"));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "x", version: "1.2.3", scripts }));
  const shell = (...args: string[]): Ended => spawnSync(process.execPath, [SHELL, ...args], { cwd: folder, encoding: "utf8", input: "from stdin\n", env: { PATH: "/usr/bin:/bin", HOME: folder } });
  return { folder, run: (name, ...args) => shell("run", name, ...args), shell };
}

function bin(folder: string, name: string, text: string): void {
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  mkdirSync(join(folder, "node_modules", name), { recursive: true });
  writeFileSync(join(folder, "node_modules", name, "cli.js"), text);
  symlinkSync(`../${name}/cli.js`, join(folder, "node_modules/.bin", name));
}

/** A script, what it prints, and its exit code. */
const LINES: readonly [string, string, number][] = [
  ["echo a && echo b", "a\nb\n", 0],
  ["echo a || echo b", "a\n", 0],
  ["false || echo b", "b\n", 0],
  ["false; echo $?", "1\n", 0],
  ["(exit 4)", "", 4],
  ["exit 3 && echo no", "", 3],
  ["echo a | cat | cat", "a\n", 0],
  ["cat", "from stdin\n", 0],
  ["echo -n a", "a", 0],
  ["echo `echo a b` \"x `echo y` z\" 'q`q' \\`", "a b x y z q`q `\n", 0],
  ["echo a\necho b &&\n  echo c\n\n", "a\nb\nc\n", 0],
  ["echo a \\\n  b 'c\nd'", "a b c\nd\n", 0],
  ["echo $UNSET x \"$UNSET\" ${UNSET}y '$UNSET' a$ \"$\"", "x  y $UNSET a$ $\n", 0],
  ["A=1; echo $A ${A} ${A:-b} ${B:-b}", "1 1 1 b\n", 0],
  ["[ -f package.json ] && [ ! -d none ] && test -n a && [ \"$UNSET\" = '' ] && echo yes", "yes\n", 0],
  ["[ -e none ] || test -d package.json || [ a = b ] || [ -z a ] || [ 2 -lt 1 ] || echo no", "no\n", 0],
  ["[ 10 -gt 9 ] && [ 1 -eq 01 ] && echo numbers", "numbers\n", 0],
  ["! false && echo not; ! true", "not\n", 1],
  ["[ a", "", 2],
  ["test a -lt 1", "", 2],
  ["cat <<< hi", "hi\n", 0],
  ["echo if for; echo while", "if for\nwhile\n", 0],
  ["echo 'a  b' \"c\\\"d\" e\\ f", 'a  b c"d e f\n', 0],
  ["A=1 B='2 3' node -p process.env.A+process.env.B", "12 3\n", 0],
  ["X=1 && echo $X ${Y:-none}", "1 none\n", 0],
  ["echo $(echo inner)", "inner\n", 0],
  ["echo *.json no*match '*.json'", "package.json no*match *.json\n", 0],
  ["echo {package,other}.json", "package.json\n", 0],
  ["echo a > out.txt && echo b >> out.txt && cat < out.txt", "a\nb\n", 0],
  ["node -e 'console.error(1)' 2>&1 | cat", "1\n", 0],
  ["node -e 'process.kill(process.pid, \"SIGTERM\")' || echo $?", "143\n", 0],
  ["node -e \"(function f(e){e || process.stdout.write('y\\\\n', f)})()\" | head -n 2", "y\ny\n", 0],
  ["echo $npm_lifecycle_event $npm_package_name $npm_package_version", "line x 1.2.3\n", 0],
  ["mkdir -p a/b && touch a/b/1 && cp -r a c && rm -rf a && mv c d && echo d/*/*", "d/b/1\n", 0],
  ["cd node_modules 2>/dev/null || pwd > /dev/null", "", 0],
  ["", "", 0],
];

for (const [line, stdout, status] of LINES) {
  test(`runs ${JSON.stringify(line)}`, (context) => {
    const ended = project(context, { line }).run("line");
    assert.deepEqual([ended.stdout, ended.status], [stdout, status], ended.stderr);
  });
}

test("arguments go behind the last command, and only the script's own", (context) => {
  const own = project(context, { prea: "echo pre", a: "echo one && echo two", posta: "echo post" });
  assert.equal(own.run("a", "x y", "$HOME", "*").stdout, "pre\none\ntwo x y $HOME *\npost\n");
});

test("what fails is the last, and its exit code is the script's", (context) => {
  const own = project(context, { prea: "exit 5", a: "echo no" });
  assert.deepEqual([own.run("a").stdout, own.run("a").status], ["", 5]);
});

test("programs of node_modules/.bin run on the engine, whatever their mode", (context) => {
  const own = project(context, { a: "tool 1 | tool 2", b: "npx tool 3", c: "yarn tool 4" });
  bin(own.folder, "tool", "#!/usr/bin/env node\nconsole.log(process.argv.slice(2).join(), process.execPath === " + JSON.stringify(process.execPath) + ");\nprocess.stdin.pipe(process.stdout);");
  chmodSync(join(own.folder, "node_modules/tool/cli.js"), 0o644);
  assert.equal(own.run("a").stdout, "2 true\n1 true\nfrom stdin\n");
  assert.match(own.run("b").stdout, /^3 true\n/);
  assert.match(own.run("c").stdout, /^4 true\n/);
});

test("npm, pnpm, yarn and cordon run scripts here", (context) => {
  const own = project(context, { npm: "npm run --silent b -- x", pnpm: "pnpm b x", yarn: "yarn run b x", cordon: "cordon b x", short: "npm test", test: "echo tested", b: "echo b", circle: "npm run missing --if-present && npm run missing" });
  for (const name of ["npm", "pnpm", "yarn", "cordon"]) assert.equal(own.run(name).stdout, "b x\n", name);
  assert.equal(own.run("short").stdout, "tested\n");
  assert.match(own.run("circle").stderr, /Cannot run script "missing" of .*package\.json: it has npm, pnpm/);
});

test("npm keeps its flags, the others pass theirs on, and -- parts them", (context) => {
  const own = project(context, { npm: "npm run b --loud x -- --quiet", pnpm: "pnpm run b --loud x", yarn: "yarn b --loud -w", b: "echo b" });
  assert.equal(own.run("npm").stdout, "b x --quiet\n");
  assert.equal(own.run("pnpm").stdout, "b --loud x\n");
  assert.equal(own.run("yarn").stdout, "b --loud -w\n");
});

test("npm's other commands are refused with a reason", (context) => {
  const ended = project(context, { a: "npm install" }).run("a");
  assert.deepEqual([ended.stderr, ended.status], ['Cannot run "npm install": npm is not part of the jail; npm run is\n', 1]);
});

test("a line in place of /bin/sh", (context) => {
  const own = project(context, {});
  assert.equal(own.shell("-c", "echo a && echo b", "x").stdout, "a\nb x\n");
  assert.equal(own.shell("npm", "run", "nothing").status, 1);
});

test("what cannot be read or found is named", (context) => {
  const own = project(context, { open: "echo 'a", missing: "nosuchprogram", flag: "rm --everything x" });
  assert.match(own.run("open").stderr, /^Cannot run "echo 'a": /);
  assert.deepEqual([own.run("missing").stderr, own.run("missing").status], ["command not found: nosuchprogram\n", 127]);
  assert.match(own.run("flag").stderr, /^rm: unknown flag "everything"; grant run/);
  assert.equal(own.run("open").status, 2);
});

test("an output file holds what was written, and failed commands leave the rest", (context) => {
  const own = project(context, { a: "echo kept > kept.txt; rm -rf other; rm gone || echo went on" });
  assert.equal(own.run("a").stdout, "went on\n");
  assert.equal(readFileSync(join(own.folder, "kept.txt"), "utf8"), "kept\n");
  assert.ok(!existsSync(join(own.folder, "other")));
});
