// Scripts of a workspace that lead to its members: which of them run, in which order, and what they end with.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";

const SHELL = join(import.meta.dirname, "../../dist/shell.cjs");

const MEMBERS: Readonly<Record<string, object>> = {
  "apps/api": { name: "@x/api", dependencies: { "@x/shared": "*" }, scripts: { build: "echo api", fail: "exit 3" } },
  "apps/web": { name: "web", devDependencies: { "@x/shared": "*", "@x/api": "*" }, scripts: { build: "echo web", fail: "echo went on" } },
  "packages/shared": { name: "@x/shared", scripts: { prebuild: "echo first", build: "echo shared" } },
  "packages/old": { name: "old", scripts: { build: "echo no" } },
  "packages/bare": { name: "bare" },
  "packages/shared/node_modules/inner": { name: "inner", scripts: { build: "echo no" } },
};

type Ended = { readonly lines: string; readonly status: number | null; readonly stderr: string };

type Run = (line: string, folder?: string) => Ended;

function telling(run: Run): (line: string, folder?: string) => [string, number | null] {
  return (line, folder) => {
    const { lines, status } = run(line, folder);
    return [lines, status];
  };
}

function workspace(context: TestContext, files: Readonly<Record<string, string>>): Run {
  const root = mkdtempSync(join(tmpdir(), "members-"));
  context.after(() => rmSync(root, { recursive: true }));
  const all = { ...files, ...Object.fromEntries(Object.entries(MEMBERS).map(([folder, own]) => [`${folder}/package.json`, JSON.stringify(own)])) };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return (line, folder = ".") => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [SHELL, "-c", line], { cwd: join(root, folder), encoding: "utf8", env: { PATH: "/usr/bin:/bin", HOME: root }, timeout: 60_000 });
    return { lines: stdout.trimEnd().replaceAll("\n", " "), status, stderr };
  };
}

const ROOT = JSON.stringify({ name: "root", workspaces: ["./apps/*", "packages/*", "!packages/old"], scripts: { build: "echo root" } });

test("npm runs members in the order of the patterns, by name or folder, and goes on behind one that fails", (context) => {
  const run = workspace(context, { "package.json": ROOT });
  const told = telling(run);
  assert.deepEqual(told("npm run build --workspaces --if-present"), ["api web first shared", 0]);
  assert.deepEqual(told("npm run build -ws --if-present --include-workspace-root"), ["root api web first shared", 0]);
  assert.deepEqual(told("npm run build -w web -w packages/shared -- x"), ["web x first shared x", 0]);
  assert.deepEqual(told("npm run -w @x/api build"), ["api", 0]);
  assert.deepEqual(told("npm --workspace=apps run build"), ["api web", 0]);
  assert.deepEqual(told("npm run build -w ../web", "apps/api"), ["web", 0]);
  assert.deepEqual(told("npm --prefix apps/web run build"), ["web", 0]);
  assert.deepEqual(told("npm run fail -w @x/api -w web"), ["went on", 3]);
  const { lines, status, stderr } = run("npm run build --workspaces");
  assert.deepEqual([lines, status], ["api web first shared", 1]);
  assert.match(stderr, /^Cannot run script "build" of .*packages\/bare\/package.json: it has none$/m);
});

test("pnpm runs what others depend on first, and ends behind what fails", (context) => {
  for (const file of ["packages:\n  - 'apps/*' # all\n  # more\n  - packages/**\n  - \"!packages/old\"\nother:\n  - no\n", "packages: ['apps/*', \"packages/*\", '!packages/old']\n"]) {
    const run = workspace(context, { "package.json": JSON.stringify({ name: "root", scripts: { build: "echo root", all: "pnpm -r build" } }), "pnpm-workspace.yaml": file });
    const told = telling(run);
    assert.deepEqual(told("pnpm -r build"), ["first shared api web", 0]);
    assert.deepEqual(told("pnpm all"), ["first shared api web", 0]);
    assert.deepEqual(told("pnpm run -r build"), ["first shared api web", 0]);
    assert.deepEqual(told("pnpm --filter web --filter=shared build x"), ["first shared x web x", 0]);
    assert.deepEqual(told("pnpm --filter '@x/*' run build"), ["first shared api", 0]);
    assert.deepEqual(told("pnpm -F ./apps/web build"), ["web", 0]);
    assert.deepEqual(told("pnpm --filter web... build"), ["first shared api web", 0]);
    assert.deepEqual(told("pnpm --filter ...@x/api build"), ["api web", 0]);
    assert.deepEqual(told("pnpm --filter 'api^...' --filter '...^@x/api' build"), ["first shared web", 0]);
    assert.deepEqual(told("pnpm -C apps/web build"), ["web", 0]);
    assert.deepEqual(told("pnpm -w build", "apps/api"), ["root", 0]);
    assert.deepEqual(told("pnpm -r fail"), ["", 3]);
    assert.deepEqual(told("pnpm -r exec echo here --workspaces"), [Array.from({ length: 4 }, () => "here --workspaces").join(" "), 0]);
    assert.equal(told("pnpm -r --parallel build")[0].split(" ").toSorted().join(" "), "api first shared web");
  }
});

test("members of a pnpm workspace that do not wait for each other run at once", (context) => {
  const run = workspace(context, { "package.json": ROOT, "apps/api/package.json": "{}" });
  const meet = `node -e "const {existsSync,writeFileSync}=require('fs');writeFileSync('../'+process.argv[1],'');const wait=()=>existsSync('../'+process.argv[2])||setTimeout(wait,20);wait()"`;
  const pair = { "apps/one/package.json": JSON.stringify({ name: "one", scripts: { meet: `${meet} one-is-here two-is-here` } }), "apps/two/package.json": JSON.stringify({ name: "two", scripts: { meet: `${meet} two-is-here one-is-here` } }) };
  assert.equal(run("pnpm -r none --if-present").status, 0);
  assert.equal(workspace(context, { "package.json": ROOT, ...pair })("pnpm -r meet").status, 0);
});

test("yarn workspace and bun's --filter", (context) => {
  const run = workspace(context, { "package.json": JSON.stringify({ name: "root", workspaces: { packages: ["apps/*", "packages/*", "!packages/old"] } }) });
  assert.equal(run("yarn workspace web build x").lines, "web x");
  assert.equal(run("yarn workspace @x/api run build").lines, "api");
  assert.equal(run("yarn --cwd apps/web build").lines, "web");
  assert.equal(run("yarn workspaces run build").lines, "api web first shared");
  assert.equal(run("bun run --filter '*' build").lines, "first shared api web");
});

test("what names no member, or members in a way that is not known, is refused with what there is", (context) => {
  const run = workspace(context, { "package.json": ROOT });
  const refused: Readonly<Record<string, RegExp>> = {
    "npm run build -w nothing": /^Cannot find a member "nothing" of the workspace in .*: it has @x\/api, web, bare, @x\/shared$/m,
    "npm run build -w old": /^Cannot find a member "old"/m,
    "pnpm --filter '!web' build": /^Cannot choose members by "!web": name them, or write a pattern with \*$/m,
    "pnpm --filter '[main]' build": /^Cannot choose members by "\[main\]"/m,
    "pnpm -r nothing": /^Cannot run "pnpm -r nothing": no member has a script "nothing"$/m,
    "yarn workspaces foreach -A run build": /^Cannot run "yarn workspaces foreach -A run build": "workspaces" chooses packages in a way that is not known here; name a member: yarn workspace NAME$/m,
  };
  for (const [line, message] of Object.entries(refused)) {
    const { lines, status, stderr } = run(line);
    assert.deepEqual([lines, status], ["", 1], line);
    assert.match(stderr, message);
  }
  assert.match(workspace(context, { "package.json": "{}" })("npm run build -w web").stderr, /^Cannot find a workspace in .* or above: no package\.json there has "workspaces", and there is no pnpm-workspace\.yaml$/m);
});
