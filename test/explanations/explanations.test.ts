// A refused request is explained at once on stderr, once; and the program gets the ordinary error, with two properties more.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cordonRun, makeProject, type Files, type Owner, type Outcome } from "../harness/index.ts";

async function run(owner: Owner, main: string, files: Files = {}, flags: readonly string[] = []): Promise<Outcome> {
  const project = makeProject(owner, { "package.json": { type: "module" }, "main.js": main, ...files });
  return cordonRun([...flags, "main.js"], { cwd: project.folder });
}

/** Prints what an error says: code, permission and resource. */
const TELL = 'export const tell = (error) => console.log(error?.code, error?.permission, error?.resource);\n';
const withTell = (main: string): string => `import { tell } from "./tell.js";\n${main}`;

const EVERY_WAY: readonly [name: string, main: string, said: string][] = [
  ["a synchronous read", 'import { readFileSync } from "node:fs";\ntry { readFileSync("/etc/shadow") } catch (error) { tell(error) }', "read /etc/shadow"],
  ["a read with a callback", 'import { readFile } from "node:fs";\nreadFile("/etc/shadow", tell);', "read /etc/shadow"],
  ["a read with a promise", 'import { readFile } from "node:fs/promises";\nawait readFile("/etc/shadow").catch(tell);', "read /etc/shadow"],
  ["fs.promises", 'import fs from "node:fs";\nawait fs.promises.open("/etc/shadow").catch(tell);', "read /etc/shadow"],
  ["a stream", 'import { createReadStream } from "node:fs";\ncreateReadStream("/etc/shadow").on("error", tell);', "read /etc/shadow"],
  ["a folder", 'import { readdirSync } from "node:fs";\ntry { readdirSync("/root") } catch (error) { tell(error) }', "read /root"],
  ["a write", 'import { writeFileSync } from "node:fs";\ntry { writeFileSync("out.txt", "") } catch (error) { tell(error) }', "write <project>/out.txt"],
  ["a new folder", 'import { mkdir } from "node:fs/promises";\nawait mkdir("dist/a", { recursive: true }).catch(tell);', "write <project>/dist/a"],
  ["a stream that writes", 'import { createWriteStream } from "node:fs";\ncreateWriteStream("log/x").on("error", tell);', "write <project>/log/x"],
  ["a connection", 'import net from "node:net";\nnet.connect(5432, "10.1.2.3").on("error", tell);', "net 10.1.2.3:5432"],
  ["a request", 'import http from "node:http";\nhttp.get("http://10.1.2.3:8080/").on("error", tell);', "net 10.1.2.3:8080"],
  ["a name", 'import { lookup } from "node:dns";\nlookup("db.example.org", tell);', "net db.example.org"],
  ["fetch", 'await fetch("http://api.example.org/").catch((error) => tell(error.cause));', "net api.example.org:80"],
  ["a listener", 'import net from "node:net";\nnet.createServer().on("error", tell).listen(4001);', "listen 4001"],
  ["a listener on an address", 'import net from "node:net";\nnet.createServer().on("error", tell).listen(4001, "127.0.0.1");', "listen 127.0.0.1:4001"],
  ["a program", 'import { spawn } from "node:child_process";\nspawn("git", ["log"]).on("error", tell);', "run git"],
  ["a program and a callback", 'import { execFile } from "node:child_process";\nexecFile("git", tell);', "run git"],
  ["a program, synchronously", 'import { spawnSync, execFileSync } from "node:child_process";\ntell(spawnSync("git").error);\ntry { execFileSync("git") } catch {}', "run git"],
  ["a database", 'import { DatabaseSync } from "node:sqlite";\ntry { new DatabaseSync("./data/x.db") } catch (error) { tell(error) }', "write <project>/data"],
];

for (const [name, main, said] of EVERY_WAY) {
  test(`the error says what was refused: ${name}`, async (t) => {
    const project = makeProject(t, { "package.json": { type: "module" }, "tell.js": TELL, "main.js": withTell(main), "data/keep": "", "log/keep": "" });
    for (const flags of [[], ["--namespaces=off"]]) {
      const { stdout, stderr } = await cordonRun([...flags, "main.js"], { cwd: project.folder });
      const [permission = ""] = said.split(" ");
      assert.equal(stdout.replaceAll(project.folder, "<project>").split(" ").slice(1).join(" "), `${said}\n`, stderr);
      assert.match(stderr, new RegExp(`^denied ${permission} `, "m"));
      assert.match(stderr, /^ {2}the program says: by its own code, main\.js:\d$/m, "who asked");
      assert.match(stderr, new RegExp(`^ {2}to grant it, write in package\\.json: "cordon": \\{ "permissions": \\{ "${permission}": \\[.+\\] \\} \\}$`, "m"));
    }
  });
}

test("what is written in package.json as it was advised is a grant", async (t) => {
  const main = 'import { mkdirSync, writeFileSync } from "node:fs";\nmkdirSync("dist/a", { recursive: true });\nwriteFileSync("dist/a/b", "");\nconsole.log("done");\n';
  const project = makeProject(t, { "package.json": { type: "module" }, "main.js": main });
  const { stderr } = await cordonRun(["main.js"], { cwd: project.folder });
  const advice = /package\.json: (.*)$/m.exec(stderr)?.[1] ?? "";
  project.write({ "package.json": { type: "module", ...JSON.parse(`{${advice}}`) } });
  assert.equal((await cordonRun(["main.js"], { cwd: project.folder })).stdout, "done\n");
});

test("the package that asks is named, its file and line", async (t) => {
  const files = { "node_modules/@scope/spy/package.json": { name: "@scope/spy", main: "lib/a.js" }, "node_modules/@scope/spy/lib/a.js": '\n\nrequire("fs").readFile("/etc/shadow", () => {});\n' };
  const { stderr } = await run(t, 'import "@scope/spy";\n', files);
  assert.match(stderr, /^ {2}the program says: by @scope\/spy, node_modules\/@scope\/spy\/lib\/a\.js:3$/m);
});

test("a thing is explained once, however often it is asked for", async (t) => {
  const main = 'import { readFileSync } from "node:fs";\nfor (let i = 0; i < 50; i++) try { readFileSync("/etc/shadow") } catch {}\n';
  const { stderr } = await run(t, main);
  assert.equal(stderr.match(/denied read/g)?.length, 1);
});

test("--quiet says nothing, and the report says the same", async (t) => {
  const main = 'import { readFile } from "node:fs/promises";\nawait readFile("/etc/shadow").catch(() => {});\n';
  const project = makeProject(t, { "package.json": { type: "module" }, "main.js": main });
  const { stderr } = await cordonRun(["--quiet", `--report=json:${project.path("../report.jsonl")}`, "main.js"], { cwd: project.folder });
  assert.equal(stderr, "");
});

test("a report's lines carry the origin, marked as the program's word", async (t) => {
  const main = 'import { readFile } from "node:fs/promises";\n\nawait readFile("/etc/shadow").catch(() => {});\n';
  const project = makeProject(t, { "package.json": { type: "module" }, "main.js": main, "out/keep": "" });
  await cordonRun([`--report=json:${project.path("out/report.jsonl")}`, "main.js"], { cwd: project.folder });
  const [line = ""] = readFileSync(project.path("out/report.jsonl"), "utf8").split("\n");
  assert.deepEqual(JSON.parse(line), { trusted: false, permission: "read", resource: "/etc/shadow", file: project.path("main.js"), call: "readFile", line: 3 });
});

test("names of files cannot write on the terminal", async (t) => {
  const main = 'import { readFileSync } from "node:fs";\nfor (const name of ["/x\\u001b[2J\\n  to grant it", "/\\u202egnp.exe", `/${"y".repeat(10_000)}`]) try { readFileSync(name) } catch {}\n';
  const { stderr } = await run(t, main);
  assert.ok(![...stderr].some((character) => character < " " && character !== "\n"), stderr);
  assert.ok(!stderr.includes("\u202e"));
  assert.ok(Math.max(...stderr.split("\n").map((line) => line.length)) < 4_000);
});

const MISLEADING: readonly [name: string, main: string, files: Files, explained: RegExp][] = [
  ["esbuild", 'import { spawn } from "node:child_process";\nspawn("/usr/lib/node_modules/@esbuild/linux-x64/bin/esbuild").on("error", () => {});', {}, /The service was stopped/],
  ["rolldown", 'import { mkdirSync } from "node:fs";\ntry { mkdirSync("node_modules/.vite-temp", { recursive: true }) } catch {}', { "node_modules/keep": "" }, /inside rolldown/],
  ["sqlite", 'import { DatabaseSync } from "node:sqlite";\ntry { new DatabaseSync("data/x.db") } catch {}', { "data/keep": "" }, /unable to open database file/],
  ["DNS", 'import { lookup } from "node:dns/promises";\nawait lookup("example.org").catch(() => {});', {}, /EAI_AGAIN/],
  ["a shell", 'import { exec } from "node:child_process";\nexec("ls", () => {});', {}, /exec\(\), and spawn\(\) with a shell/],
];

for (const [name, main, files, explained] of MISLEADING) {
  test(`misleading words are explained: ${name}`, async (t) => {
    assert.match((await run(t, main, files)).stderr, explained);
  });
}

test("probes of the engine and of frameworks stay silent", async (t) => {
  const main = 'import { readFileSync } from "node:fs";\nfor (const path of ["/proc/version", "/proc/sys/vm/overcommit_memory", "/usr/bin/ldd"]) try { readFileSync(path) } catch {}\n';
  assert.equal((await run(t, main)).stderr, "");
});

test("code that is no file is explained to as well, and so are workers with flags of their own", async (t) => {
  const read = 'try { require("fs").readFileSync("/etc/shadow") } catch (error) { console.log(error.permission) }';
  const { folder } = makeProject(t, { "package.json": {} });
  const worker = `const { Worker } = require("worker_threads"); new Worker(${JSON.stringify(`${read}; console.log(process.execArgv)`)}, { eval: true, execArgv: ["--no-warnings"] });`;
  const said = await Promise.all([cordonRun(["-"], { cwd: folder, input: read }), cordonRun(["-e", read], { cwd: folder }), cordonRun(["-e", worker], { cwd: folder })]);
  assert.deepEqual(said.map(({ stdout }) => stdout), ["read\n", "read\n", "read\n[ '--no-warnings' ]\n"]);
  for (const { stderr } of said) assert.match(stderr, /^denied read \/etc\/shadow$/m);
});
