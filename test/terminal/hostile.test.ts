// Hostile names and outputs on a real terminal, tmux: what cordon says of them moves no cursor, sets no title, clears
// nothing and types nothing.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { cordon, makeProject, plainEnvironment, quote, type Project } from "../harness/index.ts";

/** Clears the screen, sets the title, asks the terminal who and where it is, turns text around, breaks the line. */
const HOSTILE = "\u001b[2J\u001b[H\u001b]0;owned\u0007\u001b[6n\u001b[c\u001b]52;c;ZXZpbA==\u0007\u009b2J\u202eexe.\u2066\r\n+ read /";
const LITERAL = JSON.stringify(HOSTILE);
const PATIENCE = 20_000;
const hasTmux = spawnSync("tmux", ["-V"]).status === 0;

type Screen = { type(text: string): void; text(): string; title(): string; shows(what: RegExp): Promise<void> };

function open(t: TestContext, folder: string): Screen {
  const server = ["-L", `cordon-${process.pid}-${Math.floor(performance.now())}`, "-f", "/dev/null"];
  const tmux = (...args: string[]): string => execFileSync("tmux", [...server, ...args], { encoding: "utf8", env: { ...plainEnvironment(), TERM: "xterm-256color", XDG_STATE_HOME: folder } });
  tmux("new-session", "-d", "-x", "150", "-y", "200", "-c", folder, "env PS1='ready> ' bash --norc --noprofile -i");
  t.after(() => void spawnSync("tmux", [...server, "kill-server"]));
  tmux("set-option", "-g", "allow-rename", "on");
  const screen: Screen = {
    type: (text) => void tmux("send-keys", "-l", text),
    text: () => tmux("capture-pane", "-p"),
    title: () => tmux("display-message", "-p", "#{pane_title}").trim(),
    async shows(what) {
      for (const until = performance.now() + PATIENCE; performance.now() < until; await pause(50)) if (what.test(screen.text())) return;
      assert.fail(`The terminal does not show ${what}:\n${screen.text()}`);
    },
  };
  return screen;
}

/** Runs one command between two marks; what stood there before must still stand there, and nothing may be typed. */
async function harmless(t: TestContext, project: Project, command: string, answers: readonly [RegExp, string][], shown: RegExp): Promise<void> {
  const screen = open(t, project.folder);
  await screen.shows(/^ready>/m);
  const title = screen.title();
  screen.type("echo BE''FORE\n");
  await screen.shows(/^BEFORE$/m);
  screen.type(`${command}; echo AF''TER\n`);
  for (const [question, answer] of answers) {
    await screen.shows(question);
    screen.type(answer);
  }
  await screen.shows(/^AFTER$/m);
  await pause(200);
  const text = screen.text();
  assert.match(text, /^BEFORE$/m, "the screen was cleared");
  assert.match(text, shown);
  assert.equal(screen.title(), title);
  assert.match(text, /^AFTER\nready>\s*$/m, "something was typed");
  assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/);
}

const options = { skip: hasTmux ? false : "tmux is not installed (apt-get install tmux)" };
const run = `${quote(cordon)} run main.js`;
const READS = `try { require("node:fs").readFileSync("/opt/" + ${LITERAL}) } catch {}`;

test("a report and an offer of hostile names", options, async (t) => {
  const project = makeProject(t, { "package.json": { name: "hostile" }, "main.js": `try { require("node:fs").writeFileSync("/opt/x" + ${LITERAL}, "") } catch {}` });
  const before = readFileSync(project.path("package.json"), "utf8");
  await harmless(t, project, run, [[/anything else leaves it:/, "no\n"]], /denied write \/opt\/x\\u\{1b\}\[2J/);
  assert.equal(readFileSync(project.path("package.json"), "utf8"), before);
});

test("a path as long as paths can be, a host, a program and a listener with controls in them", options, async (t) => {
  const main = `const step = (what) => { try { what() } catch {} };
    step(() => require("node:fs").readFileSync("/opt/" + ("y".repeat(200) + "/").repeat(20)));
    step(() => require("node:child_process").spawn(${LITERAL}).on("error", () => {}));
    step(() => require("node:net").connect({ path: "/opt/" + ${LITERAL} }).on("error", () => {}));
    step(() => require("node:net").connect(80, ${LITERAL}).on("error", () => {}));
    ${READS}`;
  const project = makeProject(t, { "package.json": { name: "hostile" }, "main.js": main });
  await harmless(t, project, run, [[/anything else leaves it:/, "no\n"]], /\\u\{1b\}\[2J/);
});

test("a manifest that asks for hostile names", options, async (t) => {
  const manifest = { name: HOSTILE, cordon: { permissions: { read: [`/opt/${HOSTILE}`], env: ["PATH_OF_IT"] } } };
  const project = makeProject(t, { "package.json": manifest, "main.js": "" });
  await harmless(t, project, run, [[/yes/, "no\n"]], /\\u\{1b\}\[2J/);
});

test("what learn lists, and its diff", options, async (t) => {
  const name = HOSTILE.replaceAll("/", "");
  const project = makeProject(t, { "package.json": { name: "hostile" }, [`data/${name}/keep`]: "", "main.js": `require("node:fs").writeFileSync("data/" + ${JSON.stringify(name)} + "/x", ""); ${READS}` });
  await harmless(t, project, `${quote(cordon)} learn main.js`, [[/leaves it:/, "no\n"]], /\\u\{1b\}\[2J/);
});
