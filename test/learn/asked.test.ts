// Each learned grant, and each refusal, says which package and line asked for it: in the list, below the line of the
// diff, and in --json. It is the program's own word, and told so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Files, makeProject, type Owner, type Project, runCordon } from "../harness/index.ts";

type Asker = { package: string | null; file: string; line: number };
type Learned = { grants: { permission: string; grant: string; askedBy: Asker[] }[]; refused: { permission: string; resource: string; secret: boolean; askedBy: Asker[] }[] };

/** One package for each kind of access; the call is in line 2. */
const PACKAGES: Readonly<Record<string, string>> = {
  reader: `const fs = require("node:fs");\nfs.readFileSync("/etc/debian_version");`,
  promiser: `const fs = require("node:fs/promises");\nfs.readFile("/usr/share/dict-of-nobody/words").catch(() => {}); fs.readFile("/etc/profile");`,
  writer: `const fs = require("node:fs");\nfs.createWriteStream("data/stream.txt").end("x");`,
  caller: `const net = require("node:net");\nnet.connect(9, "127.0.0.1").on("error", () => {});`,
  server: `const http = require("node:http");\nconst s = http.createServer().listen(0, "127.0.0.1", () => s.close());`,
  settings: `let it;\nit = process.env.ASKED_MODE;`,
  starter: `const cp = require("node:child_process");\ncp.fork(require.resolve("./child.js"));`,
  thief: `const fs = require("node:fs");\ntry { fs.readFileSync("/etc/shadow"); } catch {}`,
};

function project(t: Owner): Project {
  const files: Files = { "package.json": { name: "asked" }, "data/keep": "", "main.js": Object.keys(PACKAGES).map((name) => `require("${name}");`).join("\n") };
  for (const [name, code] of Object.entries(PACKAGES)) files[`node_modules/${name}/index.js`] = code;
  files["node_modules/starter/child.js"] = `const fs = require("node:fs");\nfs.readdirSync("/usr/share/doc"); process.env.ASKED_CHILD;`;
  return makeProject(t, files);
}

const env = { ASKED_MODE: "x", ASKED_CHILD: "y" };

const EXPECTED: readonly [permission: string, grant: string, by: string, file: string][] = [
  ["read", "/etc/debian_version", "reader", "index.js"],
  ["read", "/etc/profile", "promiser", "index.js"],
  ["write", "./data", "writer", "index.js"],
  ["net", "localhost:9", "caller", "index.js"],
  ["listen", "127.0.0.1:0", "server", "index.js"],
  ["env", "ASKED_MODE", "settings", "index.js"],
  ["run", "node", "starter", "index.js"],
  ["read", "/usr/share/doc", "starter", "child.js"],
  ["env", "ASKED_CHILD", "starter", "child.js"],
];

test("every grant names the package, file and line that asked, children included", async (t) => {
  const { folder } = project(t);
  const outcome = await runCordon(["learn", "--json", "main.js"], { cwd: folder, env });
  const learned: Learned = JSON.parse(outcome.stdout);
  for (const [permission, grant, by, file] of EXPECTED) {
    const found = learned.grants.find((one) => one.permission === permission && one.grant === grant);
    assert.deepEqual(found?.askedBy, [{ package: by, file: `${folder}/node_modules/${by}/${file}`, line: 2 }], `${permission} ${grant}\n${outcome.stdout}${outcome.stderr}`);
  }
  const secret = learned.refused.find(({ resource }) => resource === "/etc/shadow");
  assert.equal(secret?.secret, true);
  assert.equal(secret.askedBy[0]?.package, "thief");
});

test("the list and the diff say it too, as the program's word", async (t) => {
  const { folder } = project(t);
  const { stderr } = await runCordon(["learn", "main.js"], { cwd: folder, env });
  assert.match(stderr, /\+ write  \.\/data.*\n +the program says: by writer, node_modules\/writer\/index\.js:2\n/);
  assert.match(stderr, /^\+ .*"\.\/data".*\n# +\.\/data: the program says: by writer, node_modules\/writer\/index\.js:2$/m);
  assert.match(stderr, /- read   \/etc\/shadow\n +the program says: by thief, node_modules\/thief\/index\.js:2\n/);
});

test("who asks can lie, and cannot write on the terminal", async (t) => {
  const name = "node_modules/\u001b[2J\u202ethief/index.js";
  const { folder } = makeProject(t, { "package.json": { name: "asked" }, "main.js": `require(${JSON.stringify(`./${name}`)});`, [name]: `require("fs").readFileSync("/etc/debian_version");` });
  const { stderr } = await runCordon(["learn", "main.js"], { cwd: folder });
  assert.match(stderr, /the program says: by \\u\{1b\}\[2J\\u\{202e\}thief, /);
  assert.ok(![...stderr].some((character) => (character < " " && character !== "\n") || character === "\u202e"), stderr);
});
