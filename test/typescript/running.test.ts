// What is around TypeScript: stack traces, the debugger, workers and children, the cache, errors of syntax.
import assert from "node:assert/strict";
import { globSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { cordonRun, makeProject, type Files, type Owner, type Outcome } from "../harness/index.ts";

const THROWS = `interface Shape {
  side: number;
}

enum Kind { A = "kind" }

export function fail(shape: Shape): never {
  throw new Error(Kind.A + shape.side);
}
`;

async function run(owner: Owner, files: Files, args: readonly string[]): Promise<Outcome> {
  const project = makeProject(owner, files);
  return cordonRun(args, { cwd: project.folder, env: { XDG_CACHE_HOME: project.path(".cache") } });
}

for (const [system, files] of [
  ["ES modules", { "package.json": { type: "module" }, "lib.ts": THROWS, "main.ts": 'import { fail } from "./lib.ts";\n\nfail({ side: 1 });\n' }],
  ["CommonJS", { "package.json": { type: "commonjs" }, "lib.ts": THROWS, "main.ts": 'import { fail } from "./lib";\n\nfail({ side: 1 });\n' }],
  ["JSX", { "package.json": { type: "module" }, "lib.tsx": `${THROWS}const h = () => 1;\nconsole.log(<p />, h);\n`.replace("<p />", "1"), "main.ts": 'import { fail } from "./lib.tsx";\n\nfail({ side: 1 });\n' }],
] as const) {
  test(`a stack trace names lines of the source: ${system}`, async (t) => {
    const project = makeProject(t, files);
    for (const start of ["cold", "warm"]) {
      const { stderr, code } = await cordonRun(["main.ts"], { cwd: project.folder, env: { XDG_CACHE_HOME: project.path(".cache") } });
      assert.equal(code, 1);
      assert.match(stderr, /lib\.tsx?:8\n {2}throw new Error\(Kind\.A \+ shape\.side\);/, start);
      assert.match(stderr, /at fail \(.*lib\.tsx?:8:9\)\n.*main\.ts:3:1/, start);
    }
  });
}

test("decorators and namespaces keep their lines too", async (t) => {
  const text = "function d(v: unknown, c: DecoratorContext) {}\n\n@d\nclass A {\n  m() {\n    throw new Error('here');\n  }\n}\nnamespace N { export let x = 1 }\nnew A().m();\n";
  const { stderr } = await run(t, { "package.json": { type: "module" }, "a.ts": text }, ["a.ts"]);
  assert.match(stderr, /at A\.m \(.*a\.ts:6:11\)/);
  assert.match(stderr, /a\.ts:10:9/);
});

test("caught errors show the same lines", async (t) => {
  const text = "type A = 1;\n\n\nconst error: Error = new Error('x');\nconsole.log(error.stack?.split('\\n')[1]?.replace(/.*a\\.ts/, 'a.ts'));\n";
  const { stdout } = await run(t, { "a.ts": text }, ["a.ts"]);
  assert.match(stdout, /^a\.ts:4:22/);
});

test("a syntax error names the file and shows the line", async (t) => {
  const { stderr, code } = await run(t, { "a.ts": "const a: number = 1;\nenum { }\n" }, ["a.ts"]);
  assert.equal(code, 1);
  assert.match(stderr, /a\.ts:2\n/);
  assert.match(stderr, /enum \{ \}/);
  assert.match(stderr, /SyntaxError/);
});

test("a missing module is missing", async (t) => {
  const { stderr, code } = await run(t, { "package.json": { type: "module" }, "a.ts": 'import "./none";\n' }, ["a.ts"]);
  assert.equal(code, 1);
  assert.match(stderr, /ERR_MODULE_NOT_FOUND/);
  const commonjs = await run(t, { "package.json": { type: "commonjs" }, "a.ts": 'require("./none");\n' }, ["a.ts"]);
  assert.match(commonjs.stderr, /Cannot find module '\.\/none'/);
});

test("workers run TypeScript", async (t) => {
  const files = {
    "package.json": { type: "module" },
    "main.ts": 'import { Worker } from "node:worker_threads";\nnew Worker(new URL("./work.ts", import.meta.url), { workerData: 20 }).on("message", (m: number) => console.log(m));\n',
    "work.ts": 'import { parentPort, workerData } from "node:worker_threads";\nenum N { One = 1 }\nparentPort?.postMessage((workerData as number) + N.One);\n',
  };
  const { stdout, stderr } = await run(t, files, ["main.ts"]);
  assert.deepEqual([stdout, stderr], ["21\n", ""]);
});

test("children that are granted run TypeScript", async (t) => {
  const files = {
    "package.json": { type: "module", cordon: { permissions: { run: ["node"] } } },
    "main.ts": 'import { fork, spawnSync } from "node:child_process";\nfork("./child.ts", ["forked"]).on("exit", () => console.log(String(spawnSync(process.execPath, ["child.ts", "spawned"]).stdout)));\n',
    "child.ts": 'enum Word { A = "child" }\nconsole.log(Word.A, process.argv[2], process.execArgv.length);\n',
  };
  const { stdout } = await run(t, files, ["main.ts"]);
  assert.equal(stdout, "child forked 0\nchild spawned 0\n\n");
});

test("JavaScript requires and imports TypeScript", async (t) => {
  const files = {
    "main.cjs": 'console.log(require("./a.ts").a, require("./b").b);\nimport("./c.ts").then(({ c }) => console.log(c));\n',
    "a.ts": "enum A { X = 'a' }\nexports.a = A.X;\n",
    "b/index.js": 'exports.b = require("../b.cts").b;\n',
    "b.cts": "export const b: string = 'b';\n",
    "c.ts": "export namespace C { export const c: string = 'c' }\nexport const c = C.c;\n",
  };
  const { stdout, stderr } = await run(t, files, ["main.cjs"]);
  assert.deepEqual([stdout, stderr], ["a b\nc\n", ""]);
});

test("a changed source, tsconfig.json or package.json counts at the next start", async (t) => {
  const project = makeProject(t, { "package.json": { type: "commonjs" }, "tsconfig.json": {}, "a.tsx": "const h = 1, g = (x: string) => 'g ' + x; var React = { createElement: (x: string) => 'r ' + x };\nconsole.log(<b />, typeof require);\n" });
  const start = async (): Promise<string> => (await cordonRun(["a.tsx"], { cwd: project.folder, env: { XDG_CACHE_HOME: project.path(".cache") } })).stdout;
  assert.equal(await start(), "r b function\n");
  assert.equal(await start(), "r b function\n");
  project.write({ "tsconfig.json": { compilerOptions: { jsxFactory: "g" } } });
  assert.equal(await start(), "g b function\n");
  project.write({ "package.json": { type: "module" } });
  assert.equal(await start(), "g b undefined\n");
  const before = readFileSync(project.path("a.tsx"), "utf8");
  writeFileSync(project.path("a.tsx"), before.replace("'g ' + x", "'G ' + x"));
  utimesSync(project.path("a.tsx"), new Date(0), new Date(0));
  assert.equal(await start(), "G b undefined\n");
});

test("a damaged cache is as good as none", async (t) => {
  const project = makeProject(t, { "a.ts": "enum A { X = 'fine' }\nconsole.log(A.X);\n" });
  const start = async (): Promise<Outcome> => cordonRun(["a.ts"], { cwd: project.folder, env: { XDG_CACHE_HOME: project.path(".cache") } });
  await start();
  const [pack = ""] = globSync("**/*.pack", { cwd: project.path(".cache") });
  const path = project.path(".cache", pack);
  const whole = readFileSync(path);
  const damages = [Buffer.alloc(0), whole.subarray(0, whole.length - 9), Buffer.alloc(whole.length), Buffer.concat([whole, whole]), Buffer.from("cordon typescript 1 5\n[[1]]\nend\n")];
  for (const damaged of damages) {
    writeFileSync(path, damaged);
    const { stdout, stderr } = await start();
    assert.deepEqual([stdout, stderr], ["fine\n", ""]);
  }
});

test("V8's code cache holds the runtime and the program, and the program does not see how", async (t) => {
  const project = makeProject(t, { "a.ts": "enum E { one = 1 }\nconsole.log(E.one, process.env.NODE_COMPILE_CACHE);\n", "package.json": { name: "x" } });
  const start = async (flags: string[], own?: string): Promise<string> => {
    const { stdout } = await cordonRun([...flags, "a.ts"], { cwd: project.folder, env: { XDG_CACHE_HOME: project.path(".cache"), NODE_COMPILE_CACHE: own } });
    return stdout;
  };
  assert.equal(await start([]), "1 undefined\n");
  // Three are loaded in any case: the program, and two bundles for TypeScript. The runtime's two come before them.
  assert.equal(globSync("**/v8/*/*", { cwd: project.path(".cache") }).length, 5);
  assert.equal(await start([]), "1 undefined\n");
  assert.equal(await start(["--allow-env=NODE_COMPILE_CACHE"], project.path("own")), `1 ${project.path("own")}\n`);
});

test("another policy or lockfile has another cache", async (t) => {
  const project = makeProject(t, { "a.ts": "enum A { X = 'fine' }\nconsole.log(A.X);\n", "package.json": {}, "package-lock.json": {} });
  const caches = async (...flags: string[]): Promise<number> => {
    await cordonRun([...flags, "a.ts"], { cwd: project.folder, env: { XDG_CACHE_HOME: project.path(".cache") } });
    return globSync("**/*.pack", { cwd: project.path(".cache") }).length;
  };
  assert.equal(await caches(), 1);
  assert.equal(await caches(), 1);
  assert.equal(await caches("--allow-net=example.org:443"), 2);
  project.write({ "package-lock.json": { name: "other" } });
  assert.equal(await caches(), 3);
});

test("flags of the engine work with TypeScript", async (t) => {
  const files = {
    "package.json": { type: "module" },
    "first.ts": "enum F { A = 'first' }\nconsole.log(F.A);\n",
    "main.ts": "enum M { A = 'main' }\nconsole.log(M.A, process.env.FROM_FILE);\n",
    ".env": "FROM_FILE=yes\n",
  };
  const { stdout } = await run(t, files, ["--import=./first.ts", "main.ts"]);
  assert.equal(stdout, "first\nmain undefined\n");
});

test("TypeScript can be turned off", async (t) => {
  const { stderr, code } = await run(t, { "package.json": { type: "module" }, "a.ts": "console.log(1 as number);\n" }, ["--no-experimental-strip-types", "a.ts"]);
  assert.equal(code, 1);
  assert.match(stderr, /ERR_UNKNOWN_FILE_EXTENSION/);
});
