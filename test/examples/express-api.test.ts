// examples/express-api: the API in cordon, with a real PostgreSQL, does what it does on the bare engine.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { commandsOf, fencesOf } from "./documentation/documents.ts";
import { Database } from "./postgres/database.ts";

const root = join(import.meta.dirname, "../..");
const cordon = join(root, "bin/cordon");
const PORT = 54329;
const API = "http://127.0.0.1:8099";

/** The commands of its README: install, serve, ask. */
const [INSTALL = "", SERVE = "", ASK = ""] = fencesOf("examples/express-api/README.md", "sh").flatMap(commandsOf);

let project = "";
let database: Database;

before(async () => {
  project = mkdtempSync(join(tmpdir(), "express-api-"));
  const source = join(root, "examples/express-api");
  cpSync(source, project, { recursive: true, filter: (path) => !path.includes("node_modules") });
  const quiet = { npm_config_audit: "false", npm_config_fund: "false" };
  execFileSync("bash", ["-c", INSTALL], { cwd: project, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...quiet } });
  database = await Database.start(PORT);
});

after(async () => {
  await database?.stop();
  rmSync(project, { recursive: true, force: true });
});

type Server = { child: ChildProcess; output: () => string; ended: Promise<number | null> };

async function serve(command: string, args: readonly string[], url: string): Promise<Server> {
  const child = spawn(command, args, { cwd: project, env: { PATH: `${join(root, "bin")}:${process.env["PATH"] ?? ""}`, HOME: join(project, "../nobody"), DATABASE_URL: url }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const { promise: listens, resolve } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("listening on")) resolve();
    });
  }
  const ended = new Promise<number | null>((done) => child.once("close", done));
  await Promise.race([listens, ended.then((code) => assert.fail(`the server ended with ${code}:\n${output}`))]);
  return { child, output: () => output, ended };
}

async function stop(server: Server): Promise<void> {
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0, server.output());
  assert.match(server.output(), /closed/);
}

async function post(text: unknown): Promise<Response> {
  return fetch(`${API}/notes`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text }) });
}

/** Everything that the API can do; gives what it answered, without what differs between runs. */
async function exercise(): Promise<unknown[]> {
  const made = await post("milk");
  const note = (await made.json()) as { id: number; text: string };
  const one = await fetch(`${API}/notes/${note.id}`);
  const injection = await post("'); drop table notes; --");
  const wrong = await post(17);
  const broken = await fetch(`${API}/notes`, { method: "POST", headers: { "content-type": "application/json" }, body: "{" });
  const many = await Promise.all(Array.from({ length: 100 }, (_, index) => post(`note ${index}`)));
  const listed = (await (await fetch(`${API}/notes`)).json()) as { id: number; text: string }[];
  const removed = await Promise.all(listed.map(({ id }) => fetch(`${API}/notes/${id}`, { method: "DELETE" })));
  return [
    [made.status, note.text, made.headers.get("location") === `/notes/${note.id}`],
    [one.status, await one.json()].map((part) => (typeof part === "object" ? (part as { text: string }).text : part)),
    injection.status,
    [wrong.status, await wrong.json()],
    broken.status,
    many.map((response) => response.status),
    listed.map(({ text }) => text).toSorted(),
    removed.map((response) => response.status),
    [(await fetch(`${API}/notes/1000000`)).status, (await fetch(`${API}/elsewhere`)).status],
  ];
}

test("the API answers in cordon as on the bare engine, without a denial", async () => {
  const bare = await serve(process.execPath, ["server.js"], database.url);
  const expected = await exercise();
  await stop(bare);
  const jailed = await serve(cordon, ["run", "server.js"], database.url);
  assert.deepEqual(await exercise(), expected);
  await stop(jailed);
  assert.doesNotMatch(jailed.output(), /denied/);
});

test("the commands and the manifest of its README are these", async () => {
  const [shown = ""] = fencesOf("examples/express-api/README.md", "json");
  const { cordon: key } = JSON.parse(readFileSync(join(root, "examples/express-api/package.json"), "utf8")) as { cordon: unknown };
  assert.deepEqual(JSON.parse(`{${shown}}`), { cordon: key });
  const server = await serve("bash", ["-c", `export ${SERVE.replace(" cordon ", "; exec cordon ")}`], "");
  const answer = JSON.parse(execFileSync("bash", ["-c", ASK], { encoding: "utf8" })) as { text: string };
  assert.equal(answer.text, "milk", server.output());
  await stop(server);
});

test("cordon learn finds the manifest of the API by itself, and nothing in it is too much", async () => {
  const file = join(project, "package.json");
  const text = readFileSync(file, "utf8");
  const { cordon: key, ...rest } = JSON.parse(text) as { cordon: { permissions: Record<string, unknown> } };
  writeFileSync(file, JSON.stringify(rest, null, 2));
  try {
    const learning = await serve(cordon, ["learn", "--write", "server.js"], database.url);
    // The first time takes away what other tests left.
    await exercise();
    const expected = await exercise();
    await stop(learning);
    const learned = JSON.parse(readFileSync(file, "utf8")) as { cordon: { permissions: Record<string, unknown> } };
    assert.deepEqual(learned.cordon.permissions, key.permissions, learning.output());
    const jailed = await serve(cordon, ["run", "server.js"], database.url);
    assert.deepEqual(await exercise(), expected);
    await stop(jailed);
    assert.doesNotMatch(jailed.output(), /denied/);
    const deaf = spawnSync(cordon, ["run", "--deny-listen", "server.js"], { cwd: project, encoding: "utf8", env: { HOME: join(project, "../nobody"), DATABASE_URL: database.url } });
    assert.match(deaf.stderr, /denied listen 127\.0\.0\.1:8099/);
    const blind = await serve(cordon, ["run", "--deny-env", "server.js"], database.url);
    assert.equal((await post("milk")).status, 503, blind.output());
    await stop(blind);
  } finally {
    writeFileSync(file, text);
  }
});

test("a database on a unix socket is reached when its path is granted", async () => {
  const server = await serve(cordon, ["run", `--allow-net=unix:${database.socket}`, "server.js"], database.socketUrl);
  assert.equal((await post("by the socket")).status, 201, server.output());
  await stop(server);
});

test("without its grant the database is out of reach, and the refusal is named", async () => {
  for (const [flag, url, denial] of [
    [`--deny-net=localhost:${PORT}`, database.url, `denied net localhost:${PORT}`],
    // With namespaces the socket is not there, which is no news; without them it is there and refused.
    ["--namespaces=off", database.socketUrl, `denied net unix:${database.socket}`],
  ] as const) {
    const server = await serve(cordon, ["run", flag, "server.js"], url);
    const response = await post("milk");
    assert.deepEqual([response.status, await response.json()], [503, { error: "the database cannot be reached" }], server.output());
    await stop(server);
    assert.ok(server.output().includes(denial), server.output());
  }
});
