// Poisoned packages, replayed: under the manifest that `learn` wrote for their host before they were poisoned, and while
// learning with the poison in. Nothing leaks, and each is named in the report.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Files, makeProject, type Owner, type Project, runCordon } from "../harness/index.ts";
import { neighbour, type Replay, replays } from "./replays.ts";

const TOKEN = "canary-7d1f0c";

const HOME: Files = {
  ".npmrc": `//registry/:_authToken=${TOKEN}`,
  ".bashrc": "# mine",
  ".aws/credentials": TOKEN,
  ".ssh/id_ed25519": TOKEN,
  ".config/wallet.json": TOKEN,
};

/** Who was reached, and with what. */
const heard: string[] = [];
let attacker: Server;
let port = 0;
const victim = spawn("sleep", ["600"], { env: { VICTIM: TOKEN }, stdio: "ignore" });

before(async () => {
  attacker = createServer((socket) => {
    socket.on("error", () => {}).on("data", (data) => {
      heard.push(data.toString("latin1"));
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    });
  });
  await new Promise<void>((resolve) => attacker.listen(0, "127.0.0.1", resolve));
  const address = attacker.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
after(() => {
  attacker.close();
  victim.kill();
});

type Scene = { home: Project; project: Project; docker: Server; at: object; env: Record<string, string> };

async function scene(owner: Owner): Promise<Scene> {
  const home = makeProject(owner, HOME);
  const project = makeProject(owner, {
    "package.json": { name: "host", scripts: {} },
    "data/keep": "",
    ".git/hooks/keep": "",
    "main.js": `const fs = require("node:fs");
      require("neighbour").greet().then((word) => { fs.writeFileSync("data/out.txt", fs.readFileSync("/etc/debian_version")); console.log(word); });`,
    "node_modules/other/index.js": "",
    "node_modules/neighbour/package.json": { name: "neighbour", version: "1.0.0" },
    "node_modules/neighbour/miner": `#!/bin/sh\necho ${TOKEN} > "${home.path("mined")}"\n`,
    "node_modules/neighbour/test.bin": readFileSync(join(import.meta.dirname, "../../dist/oxc.node")),
  });
  const docker = createServer((socket) => void socket.on("data", (data) => heard.push(`docker ${data.toString()}`)).on("error", () => {}));
  await new Promise<void>((resolve) => docker.listen(home.path("docker.sock"), resolve));
  owner.after(() => void docker.close());
  return { home, project, docker, at: { home: home.folder, project: project.folder, port, token: TOKEN, victim: victim.pid }, env: { HOME: home.folder, NPM_TOKEN: TOKEN, XDG_STATE_HOME: makeProject(owner).folder } };
}

/** Everything that must stay as it is: the home folder, and the project but for what the host itself writes. */
function state({ home, project }: Scene): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [root, mayChange] of [[home.folder, /^docker\.sock$/], [project.folder, /^(?:data(?:\/.*)?|package\.json)$/]] as const) {
    for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
      const path = join(root, name);
      if (!mayChange.test(name)) found[path] = lstatSync(path).isFile() ? readFileSync(path, "latin1") : "";
    }
  }
  return found;
}

describe("packages that were poisoned", { concurrency: 2 }, () => {
  for (const replay of replays) {
    test(`under what was learned before: ${replay.name}`, (t) => afterwards(t, replay));
    test(`while learning: ${replay.name}`, (t) => meanwhile(t, replay));
  }
});

async function afterwards(owner: Owner, replay: Replay): Promise<void> {
  const here = await scene(owner);
  const { project, at, env } = here;
  project.write({ "node_modules/neighbour/index.js": neighbour(at) });
  const learned = await runCordon(["learn", "--write", "main.js"], { cwd: project.folder, env });
  assert.equal(learned.code, 0, learned.stderr);
  const manifest = readFileSync(project.path("package.json"), "utf8");
  project.write({ "node_modules/neighbour/index.js": neighbour(at, replay.code) });
  const before = state(here);
  const report = join(makeProject(owner).folder, "report");
  const outcome = await runCordon(["run", `--report=json:${report}`, "main.js"], { cwd: project.folder, env });
  assert.match(outcome.stdout, /hello/, outcome.stderr);
  assert.deepEqual(state(here), before);
  assert.equal(readFileSync(project.path("package.json"), "utf8"), manifest);
  const told = readFileSync(report, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  isNamed(replay, told.map(({ resource, grant }) => `${grant ?? resource}`));
  assert.ok(told.every(({ package: by }) => by === undefined || by === "neighbour"), JSON.stringify(told));
  nothingLeaked();
}

async function meanwhile(owner: Owner, replay: Replay): Promise<void> {
  const here = await scene(owner);
  const { project, at, env } = here;
  project.write({ "node_modules/neighbour/index.js": neighbour(at, replay.code) });
  const before = state(here);
  const outcome = await runCordon(["learn", "--json", "main.js"], { cwd: project.folder, env });
  assert.deepEqual(state(here), before);
  const line = outcome.stdout.split("\n").find((text) => text.startsWith('{"grants"')) ?? "{}";
  const { grants, refused }: { grants: { grant: string }[]; refused: { resource: string }[] } = JSON.parse(line);
  isNamed(replay, [...grants.map(({ grant }) => grant), ...refused.map(({ resource }) => resource)]);
  nothingLeaked();
}

function isNamed(replay: Replay, told: readonly string[]): void {
  for (const name of replay.named) assert.ok(told.some((one) => name.test(one)), `${name} is not named: ${told.join(", ")}`);
}

function nothingLeaked(): void {
  assert.deepEqual(heard.filter((text) => text.includes(TOKEN) || text.includes(Buffer.from(TOKEN).toString("hex")) || text.startsWith("docker")), []);
}
