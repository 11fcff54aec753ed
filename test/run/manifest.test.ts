// A manifest that cannot be held starts nothing, and says where and why.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cordonRun, makeProject } from "../harness/index.ts";

type Broken = { title: string; text: string; says: RegExp };

const permissions = (value: unknown): string => JSON.stringify({ cordon: { permissions: value } }, null, 2);

const broken: readonly Broken[] = [
  { title: "text that is not JSON", text: '{ "name": "x", }, ', says: /package\.json/ },
  { title: "a cordon key that is not an object", text: JSON.stringify({ cordon: true }), says: /cordon/ },
  { title: "an unknown key beside permissions", text: JSON.stringify({ cordon: { permission: {} } }), says: /permission/ },
  { title: "an unknown permission", text: permissions({ raed: ["./x"] }), says: /raed[^]*read/ },
  { title: "an object as a list", text: permissions({ read: {} }), says: /permissions\/read|read/ },
  { title: "true as a list", text: permissions({ net: true }), says: /net/ },
  { title: "a number as a path", text: permissions({ read: [1] }), says: /read\/0/ },
  { title: "an empty pattern", text: permissions({ read: [""] }), says: /read\/0/ },
  { title: "the root as a grant", text: permissions({ read: ["/"] }), says: /read\/0/ },
  { title: "a scheme in a host", text: permissions({ net: ["http://x"] }), says: /net\/0[^]*http:\/\/x/ },
  { title: "a port that does not exist", text: permissions({ net: ["x.example:70000"] }), says: /net\/0/ },
  { title: "a star inside a host", text: permissions({ net: ["a*.example"] }), says: /net\/0/ },
  { title: "a star inside a path", text: permissions({ read: ["./*.js"] }), says: /read\/0/ },
  { title: "a network with a prefix that is too long", text: permissions({ net: ["10.0.0.0/33"] }), says: /net\/0/ },
  { title: "a listen port that does not exist", text: permissions({ listen: [99999] }), says: /listen\/0/ },
  { title: "the project's root as a write grant", text: permissions({ write: ["."] }), says: /write\/0/ },
  { title: "a folder above the project as a write grant", text: permissions({ write: [".."] }), says: /write\/0/ },
  { title: "node_modules as a write grant", text: permissions({ write: ["./node_modules"] }), says: /write\/0/ },
  { title: ".git as a write grant", text: permissions({ write: ["./.git"] }), says: /write\/0/ },
  { title: "a deny inside of a folder that may be written", text: JSON.stringify({ cordon: { permissions: { write: ["./out"] }, deny: { write: ["./out/kept"] } } }), says: /deny\/write\/0[^]*may be written as a whole/ },
  { title: "a program that is not there", text: permissions({ run: ["no-such-program-anywhere"] }), says: /run\/0/ },
  { title: "a limit that is no number", text: JSON.stringify({ cordon: { limits: { memory: "lots" } } }), says: /limits\/memory/ },
  { title: "an unknown limit", text: JSON.stringify({ cordon: { limits: { memry: "1GB" } } }), says: /memry[^]*memory/ },
  { title: "a key that is there twice", text: '{ "cordon": { "permissions": { "read": ["./a"], "read": ["/etc"] } } }', says: /read/ },
];

for (const { title, text, says } of broken) {
  test(`${title} is refused with its place, before anything starts`, async (t) => {
    const project = makeProject(t, { "package.json": text, "a.js": "console.log('started')", "node_modules/x/i.js": "", ".git/HEAD": "" });
    const outcome = await cordonRun(["a.js"], { cwd: project.folder });
    assert.deepEqual([outcome.code, outcome.stdout], [125, ""], outcome.stderr);
    assert.match(outcome.stderr, says);
    assert.match(outcome.stderr, /package\.json/);
  });
}

for (const value of [[], false, null]) {
  test(`${JSON.stringify(value)} grants nothing and is no error`, async (t) => {
    const every = Object.fromEntries(["read", "write", "net", "listen", "env", "run", "addons"].map((name) => [name, value]));
    const project = makeProject(t, { "package.json": permissions(every), "a.js": "console.log('started')" });
    const outcome = await cordonRun(["a.js"], { cwd: project.folder });
    assert.deepEqual([outcome.code, outcome.stdout], [0, "started\n"], outcome.stderr);
  });
}

test("a wrong flag is refused with a suggestion", async (t) => {
  const project = makeProject(t, { "a.js": "console.log('started')" });
  const outcome = await cordonRun(["--alow-read=/tmp", "a.js"], { cwd: project.folder });
  assert.deepEqual([outcome.code, outcome.stdout], [125, ""]);
  assert.match(outcome.stderr, /--alow-read[^]*--allow-read/);
});

test("a dependency's manifest is not the program's", async (t) => {
  const secret = makeProject(t, { secret: "secret" });
  const grab = `console.log(require("fs").readFileSync(${JSON.stringify(secret.path("secret"))}, "utf8"))`;
  const project = makeProject(t, {
    "package.json": { name: "app" },
    "node_modules/dep/package.json": { name: "dep", main: "i.js", cordon: { permissions: { read: [secret.folder] } } },
    "node_modules/dep/i.js": grab,
  });
  const outcome = await cordonRun(["node_modules/dep/i.js"], { cwd: project.folder });
  assert.doesNotMatch(outcome.stdout, /secret/);
  assert.match(outcome.stderr, /EACCES|ENOENT/);
});

test("a workspace member's own key counts, else its root's", async (t) => {
  const data = makeProject(t, { text: "granted" });
  const read = `console.log(require("fs").readFileSync(${JSON.stringify(data.path("text"))}, "utf8"))`;
  const key = { cordon: { permissions: { read: [data.folder] } } };
  const root = { name: "root", private: true, workspaces: ["packages/*"] };
  const byRoot = makeProject(t, { "package.json": { ...root, ...key }, "packages/one/package.json": { name: "one" }, "packages/one/a.js": read });
  assert.equal((await cordonRun(["packages/one/a.js"], { cwd: byRoot.folder })).stdout, "granted\n");
  const byMember = makeProject(t, { "package.json": root, "packages/one/package.json": { name: "one", ...key }, "packages/one/a.js": read });
  assert.equal((await cordonRun(["a.js"], { cwd: byMember.path("packages/one") })).stdout, "granted\n");
  const narrowed = makeProject(t, { "package.json": { ...root, ...key }, "packages/one/package.json": { name: "one", cordon: {} }, "packages/one/a.js": read });
  assert.equal((await cordonRun(["packages/one/a.js"], { cwd: narrowed.folder })).stdout, "");
});
