// Tools whose own words hide that something was refused: the real ones, each with what cordon says beside them.
import assert from "node:assert/strict";
import { constants, cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cordonRun, type Files, makeProject, type Outcome, type Owner, root } from "../harness/index.ts";

/** A project with packages of this repository's own node_modules. */
async function run(owner: Owner, packages: readonly string[], files: Files, args: readonly string[]): Promise<Outcome> {
  const project = makeProject(owner, { "package.json": { type: "module" }, ...files });
  for (const name of packages) cpSync(join(root, "node_modules", name), project.path("node_modules", name), { recursive: true, mode: constants.COPYFILE_FICLONE });
  const outcome = await cordonRun(args, { cwd: project.folder });
  return { ...outcome, stderr: outcome.stderr.replaceAll(project.folder, "<project>") };
}

const ROLLDOWN = ["rolldown", "@rolldown", "@oxc-project"];
const BUNDLE: Files = {
  "source.js": "export const a = 1;",
  "main.js": 'import { rolldown } from "rolldown";\nconst bundle = await rolldown({ input: "source.js" });\nawait bundle.write({ dir: "dist" });\nawait bundle.close();\nconsole.log("written");',
};

test("rolldown without its native code", async (t) => {
  const { stderr } = await run(t, ROLLDOWN, BUNDLE, ["main.js"]);
  assert.match(stderr, /Cannot find native binding\. npm has a bug/, "its own words");
  assert.match(stderr, /^denied addons <project>\/node_modules\/@rolldown\/.+\n {2}the program says: by rolldown, .+\n {2}native code: "Cannot find native binding".+\n {2}to grant it, .+\{ "addons": \["rolldown"\] \}/m);
});

for (const flags of [[], ["--namespaces=off"]]) {
  test(`rolldown that may not write, ${flags.join("") || "plainly"}`, async (t) => {
    const { stderr } = await run(t, ROLLDOWN, BUNDLE, ["--allow-addons=rolldown", ...flags, "main.js"]);
    assert.match(stderr, /Something went wrong inside rolldown/, "its own words");
    assert.match(stderr, /^denied write <project>\/dist\n {2}native code asked: .+ mean this\n {2}to grant it, .+\{ "write": \["\.\/dist"\] \}/m);
  });
}

test("with what was advised rolldown does its work, and says nothing", async (t) => {
  const outcome = await run(t, ROLLDOWN, BUNDLE, ["--allow-addons=rolldown", "--allow-write=./dist", "main.js"]);
  assert.deepEqual([outcome.stdout, outcome.stderr], ["written\n", ""]);
});

for (const [call, words] of [["transform", /The service was stopped/], ["transformSync", /The service (?:was stopped|is no longer running)/]] as const) {
  test(`esbuild's ${call} without its program`, async (t) => {
    const main = `import { ${call} } from "esbuild";\nawait ${call}("let a: number", { loader: "ts" });`;
    const { stderr } = await run(t, ["esbuild", "@esbuild"], { "main.js": main }, ["main.js"]);
    assert.match(stderr, words, "its own words");
    assert.match(stderr, /^denied run <project>\/node_modules\/@esbuild\/.+\/bin\/esbuild\n {2}the program says: by esbuild, .+\n {2}esbuild is a native program: .+\n {2}to grant it, .+\{ "run": \["\.\/node_modules\/@esbuild\/.+\/bin\/esbuild"\] \}/m);
  });
}

const SQLITE: readonly [name: string, code: string, resource: string][] = [
  ["a new database", 'new DatabaseSync("data/new.db")', "<project>/data"],
  ["a change by exec", 'new DatabaseSync("data/old.db").exec("INSERT INTO t VALUES (1)")', "<project>/data"],
  ["a change by a statement", 'new DatabaseSync("data/old.db").prepare("INSERT INTO t VALUES (?)").run(1)', "<project>/data"],
  ["a second database", `new DatabaseSync(":memory:").exec("ATTACH '/srv/other/x.db' AS x")`, "/srv/other"],
  ["a copy", `new DatabaseSync("data/old.db").exec("VACUUM INTO 'copies/x.db'")`, "<project>/copies"],
];

for (const [name, code, resource] of SQLITE) {
  test(`sqlite: ${name}`, async (t) => {
    const main = `import { DatabaseSync } from "node:sqlite";\ntry { ${code} } catch (error) { console.log(error.permission, error.message) }`;
    const { stdout, stderr } = await run(t, [], { "main.js": main, "data/old.db": oldDatabase(), "copies/keep": "" }, ["main.js"]);
    assert.match(stdout, /^write (?:unable to open database|attempt to write a readonly database)/);
    assert.match(stderr, new RegExp(`^denied write ${resource}\\n {2}the program says: by its own code, main\\.js:2\\n {2}SQLite makes its journal beside the database: `, "m"));
  });
}

test("sqlite: a database that is to be read only is no news, nor is one that may be written", async (t) => {
  const main = `import { DatabaseSync } from "node:sqlite";
    const read = new DatabaseSync("data/old.db", { readOnly: true });
    try { read.exec("INSERT INTO t VALUES (1)") } catch (error) { console.log(error.permission) }
    const own = new DatabaseSync(process.env.TMPDIR + "/own.db");
    own.exec("CREATE TABLE t(x)");
    console.log(own.prepare("INSERT INTO t VALUES (?)").run(1).changes);`;
  const { stdout, stderr } = await run(t, [], { "main.js": main, "data/old.db": oldDatabase() }, ["main.js"]);
  assert.deepEqual([stdout, stderr], ["undefined\n1\n", ""]);
});

/** An empty table `t`. */
function oldDatabase(): Uint8Array {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t(x)");
  return database.serialize();
}

for (const [name, main, code] of [
  ["dns.lookup", 'import { lookup } from "node:dns/promises";\nawait lookup("db.example.org").catch((error) => console.log(error.code))', /EAI_AGAIN/],
  ["dns.resolve4", 'import { resolve4 } from "node:dns/promises";\nawait resolve4("db.example.org").catch((error) => console.log(error.code))', /ENOTFOUND|EREFUSED|ESERVFAIL|ETIMEOUT|ECONNREFUSED/],
  ["fetch", 'await fetch("http://db.example.org/").catch((error) => console.log(error.message, error.cause.code))', /fetch failed EAI_AGAIN/],
  ["http", 'import http from "node:http";\nhttp.get("http://db.example.org/").on("error", (error) => console.log(error.code))', /EAI_AGAIN/],
] as const) {
  test(`a name that is not granted: ${name}`, async (t) => {
    const { stdout, stderr } = await run(t, [], { "main.js": main }, ["main.js"]);
    assert.match(stdout, code);
    assert.match(stderr, /^denied net db\.example\.org\n {2}the program says: by its own code, main\.js:\d\n {2}a name that is not granted is not resolved: .+\n {2}to grant it, .+"db\.example\.org:\d+"/m);
  });
}

test("a unix socket wants a folder: its name may be another one the next time", async (t) => {
  const main = 'import { createServer } from "node:net";\ncreateServer().on("error", (error) => console.log(error.permission)).listen(`sockets/worker-${Math.random()}.sock`)';
  const { stdout, stderr } = await run(t, [], { "main.js": main, "sockets/keep": "" }, ["main.js"]);
  assert.equal(stdout, "write\n");
  assert.match(stderr, /^ {2}to grant it, .+\{ "write": \["\.\/sockets"\] \}/m);
});

test("a folder that is refused is told once, by JavaScript and by native code alike", async (t) => {
  const main = `import fs from "node:fs";
    for (const step of [() => fs.mkdirSync("dist/a", { recursive: true }), () => fs.mkdirSync("plain"), () => fs.cpSync("main.js", "copy/main.js")]) try { step() } catch (error) { console.log(error.permission) }
    for (const folder of ["node_modules", process.env.TMPDIR + "/x"]) try { fs.mkdirSync(folder) } catch {}`;
  const { stdout, stderr } = await run(t, [], { "main.js": main, "node_modules/keep": "" }, ["--allow-run=node", "main.js"]);
  assert.equal(stdout, "write\n".repeat(3));
  assert.deepEqual(stderr.match(/^denied .+$/gm)?.toSorted(), ["denied write <project>/copy", "denied write <project>/dist", "denied write <project>/plain"]);
});

for (const [main, how] of [["main.cjs", 'require("@own/library/part")'], ["main.mjs", 'import "@own/library/part"'], ["main.ts", 'import "@own/library/part"; enum A { B }']] as const) {
  test(`a package that is a link out of the project: ${main}`, async (t) => {
    const library = makeProject(t, { "package.json": { name: "@own/library", exports: { "./part": "./part.js" } }, "part.js": "console.log('loaded')" });
    const project = makeProject(t, { "package.json": { type: "commonjs" }, [main]: how, "node_modules/@own/keep": "", "optional.cjs": 'try { require("none-such") } catch {}' });
    symlinkSync(library.folder, project.path("node_modules/@own/library"));
    for (const flags of [[], ["--namespaces=off"]]) {
      const { code, stderr } = await cordonRun([...flags, main], { cwd: project.folder });
      assert.equal(code, 1);
      assert.match(stderr, /Cannot find (?:module|package)|Cannot read package config/, "its own words");
      assert.ok(stderr.includes(`denied read ${library.folder}\n`), stderr);
      assert.match(stderr, /a link in node_modules leads there: .+\n {2}to grant it, .+\{ "read": \[/);
      assert.doesNotMatch(stderr, /node:internal\/cordon.*\n +[^\n]*\n +\^/, "the place where it was thrown is the engine's");
      assert.equal((await cordonRun([...flags, `--allow-read=${library.folder}`, main], { cwd: project.folder })).stdout, "loaded\n");
      assert.equal((await cordonRun([...flags, "optional.cjs"], { cwd: project.folder })).stderr, "");
    }
  });
}
