// A person at a terminal: Ctrl-C, Ctrl-Z and fg, raw keys, the window's size.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test, type TestContext } from "node:test";
import { cordon, type Files, makeProject, openTerminal, quote, settingFlags, type Terminal } from "../harness/index.ts";

const run = [cordon, "run", ...settingFlags].map(quote).join(" ");

async function open(t: TestContext, files: Files): Promise<Terminal> {
  const project = makeProject(t, files);
  return openTerminal(t, { cwd: project.folder });
}

/** Asks the shell for the last exit code; the question's own echo does not match. */
async function codeIs(terminal: Terminal, code: number): Promise<void> {
  terminal.type("echo code=$?.\n");
  await terminal.shows(`code=${code}.`);
}

test("the program sees a terminal and its size", async (t) => {
  const terminal = await open(t, { "a.js": "console.log(process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY, process.stdout.columns, process.stdout.rows)" });
  terminal.type("stty cols 97 rows 41\n");
  await terminal.shows("ready> ");
  terminal.type(`${run} a.js\n`);
  await terminal.shows("true true true 97 41");
});

test("a new size arrives while the program runs", async (t) => {
  const terminal = await open(t, { "a.js": "process.stdout.on('resize', () => { console.log('size', process.stdout.columns); process.exit() }); setInterval(() => {}, 1000); console.log('start', 'ed')" });
  terminal.type("tty; stty cols 80\n");
  await terminal.shows(/\/dev\/pts\/\d+/);
  const device = /\/dev\/pts\/\d+/.exec(terminal.shown())?.[0] ?? "";
  terminal.type(`${run} a.js\n`);
  await terminal.shows("start ed");
  execFileSync("stty", ["-F", device, "cols", "93"]);
  await terminal.shows("size 93");
});

test("Ctrl-C interrupts a program that does not handle it", async (t) => {
  const terminal = await open(t, { "a.js": "setInterval(() => {}, 1000); console.log('start', 'ed')" });
  terminal.type(`${run} a.js\n`);
  await terminal.shows("start ed");
  terminal.type("\x03");
  await terminal.shows("ready> ");
  await codeIs(terminal, 130);
});

test("a handled Ctrl-C arrives exactly once, and the program gives its own code", async (t) => {
  const program = "let n = 0; process.on('SIGINT', () => { n++; if (n === 1) setTimeout(() => { console.log('count', n); process.exit(6) }, 300) }); setInterval(() => {}, 1000); console.log('start', 'ed')";
  const terminal = await open(t, { "a.js": program });
  terminal.type(`${run} a.js\n`);
  await terminal.shows("start ed");
  terminal.type("\x03");
  await terminal.shows("count 1");
  await terminal.shows("ready> ");
  await codeIs(terminal, 6);
});

test("Ctrl-\\ quits", async (t) => {
  const terminal = await open(t, { "a.js": "setInterval(() => {}, 1000); console.log('start', 'ed')" });
  terminal.type(`ulimit -c 0; ${run} a.js\n`);
  await terminal.shows("start ed");
  terminal.type("\x1c");
  await terminal.shows("ready> ");
  await codeIs(terminal, 131);
});

test("Ctrl-Z stops the program, fg goes on with it, twice", async (t) => {
  const program = "process.stdin.on('data', (line) => { console.log('line', String(line).trim().toUpperCase()); if (String(line).includes('end')) process.exit(3) }); console.log('start', 'ed')";
  const terminal = await open(t, { "a.js": program });
  terminal.type(`${run} a.js\n`);
  await terminal.shows("start ed");
  for (const word of ["one", "two"]) {
    terminal.type("\x1a");
    await terminal.shows("Stopped");
    await terminal.shows("ready> ");
    terminal.type("jobs\n");
    await terminal.shows("Stopped");
    terminal.type("fg\n");
    await terminal.shows("a.js");
    terminal.type(`${word}\n`);
    await terminal.shows(`line ${word.toUpperCase()}`);
  }
  terminal.type("end\n");
  await terminal.shows("line END");
  await terminal.shows("ready> ");
  await codeIs(terminal, 3);
});

test("bg lets a stopped program go on", async (t) => {
  const terminal = await open(t, { "a.js": "process.on('SIGCONT', () => { console.log('go', 'ing'); process.exit() }); setInterval(() => {}, 1000); console.log('start', 'ed')" });
  terminal.type(`${run} a.js\n`);
  await terminal.shows("start ed");
  terminal.type("\x1a");
  await terminal.shows("Stopped");
  terminal.type("bg\n");
  await terminal.shows("go ing");
});

test("a program in the background that reads the terminal is stopped", async (t) => {
  const terminal = await open(t, { "a.js": "process.stdin.on('data', (line) => { console.log('line', String(line).trim().toUpperCase()); process.exit() })" });
  terminal.type(`${run} a.js &\n`);
  await terminal.shows("ready> ");
  for (let round = 0; round < 100 && !terminal.shown().includes("Stopped"); round++) {
    terminal.type("sleep 0.2; jobs\n");
    await terminal.shows("ready> ");
  }
  assert.match(terminal.shown(), /Stopped/);
  terminal.type("fg\n");
  await terminal.shows("a.js");
  terminal.type("text\n");
  await terminal.shows("line TEXT");
});

test("Ctrl-D ends stdin", async (t) => {
  const terminal = await open(t, { "a.js": "process.stdin.on('end', () => { console.log('input', 'over'); process.exit() }).resume(); console.log('start', 'ed')" });
  terminal.type(`${run} a.js\n`);
  await terminal.shows("start ed");
  terminal.type("\x04");
  await terminal.shows("input over");
});

test("single keys arrive in raw mode, and the terminal is as before afterwards", async (t) => {
  const program = "process.stdin.setRawMode(true); process.stdin.on('data', (key) => { console.log('key', key.toString('hex')); if (key[0] === 0x71) process.exit() }); console.log('start', 'ed')";
  const terminal = await open(t, { "a.js": program });
  terminal.type(`${run} a.js\n`);
  await terminal.shows("start ed");
  terminal.type("\x1b[A");
  await terminal.shows("key 1b5b41");
  terminal.type("\x03");
  await terminal.shows("key 03");
  terminal.type("q");
  await terminal.shows("key 71");
  await terminal.shows("ready> ");
  terminal.type("stty -a\n");
  await terminal.shows(/ icanon/);
  await terminal.shows(/ echo /);
});

test("a terminal left raw by a killed program is put right", async (t) => {
  const program = "process.stdin.setRawMode(true).resume(); console.log('start', 'ed'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 200)";
  const terminal = await open(t, { "a.js": program });
  terminal.type(`${run} a.js\n`);
  await terminal.shows("start ed");
  await terminal.shows("ready> ");
  terminal.type("stty -a | cat\n");
  await terminal.shows(/ icanon/);
});

test("readline asks and hears the answer", async (t) => {
  const program = "const rl = require('readline').createInterface({ input: process.stdin, output: process.stdout }); rl.question('name? ', (name) => { console.log('hello', name.toUpperCase()); rl.close() })";
  const terminal = await open(t, { "a.js": program });
  terminal.type(`${run} a.js\n`);
  await terminal.shows("name? ");
  terminal.type("ada\r");
  await terminal.shows("hello ADA");
});

test("the engine's REPL evaluates", async (t) => {
  const terminal = await open(t, { "a.js": "require('repl').start('repl> ')" });
  terminal.type(`${run} a.js\n`);
  await terminal.shows("repl> ");
  terminal.type("40 + 2\r");
  await terminal.shows("42");
  terminal.type(".exit\r");
  await terminal.shows("ready> ");
});
