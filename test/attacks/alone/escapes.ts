// Ways to make the launcher, or what it was started with, act for the program.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Alone, Ending, Scene } from "./scene.ts";

const ADDON = 'const addon = require("attack-addon"); const numbers = require("attack-addon/numbers.json"); const call = (name, ...args) => addon.syscall(numbers[name], ...args);';
const GRANTED = { permissions: { addons: ["attack-addon"] } };

export const alone: Alone[] = [
  companion("signal-own-group", "signals its own process group, to which others belong", 'process.on("SIGUSR2", () => {}); process.kill(0, "SIGUSR2");'),
  companion("signal-own-group-by-number", "signals its own process group by its number", `${ADDON} process.on("SIGUSR2", () => {}); call("kill", -call("getpgrp"), 12);`),
  companion("signal-group-by-proc", "pidfd_send_signal on /proc/self with the flag for the whole group", `${ADDON} process.on("SIGUSR2", () => {}); const self = call("openat", -100, Buffer.from("/proc/self\\0"), 0o200000, 0); call("pidfd_send_signal", self, 12, 0, 4);`),
  companion("signal-group-queued", "rt_sigqueueinfo and tgkill at the group's leader", `${ADDON} process.on("SIGUSR2", () => {}); const group = call("getpgrp"); const info = Buffer.alloc(128); info.writeInt32LE(12, 0); info.writeInt32LE(-1, 8); call("rt_sigqueueinfo", group, 12, info); call("kill", -group, 12);`),
  companion("group-priority", "setpriority of its own process group", `${ADDON} call("setpriority", 1, 0, 15);`),
  { name: "launcher/standard-input-is-a-folder", tries: "standard input is a folder outside: openat from it", arrange: (scene) => ({ manifest: GRANTED, surroundings: [`--descriptor=0:${scene.target.folder}`], code: `${ADDON} const file = call("openat", 0, Buffer.from("secret\\0"), 0, 0); const into = Buffer.alloc(4096); const length = call("read", file, into, 4096); if (length > 0) process.stdout.write(into.toString("latin1", 0, length)); else console.log(file, length);` }) },
  { name: "launcher/standard-input-folder-by-proc", tries: "the same by /proc/self/fd/0", arrange: (scene) => ({ surroundings: [`--descriptor=0:${scene.target.folder}`], code: 'process.stdout.write(require("node:fs").readFileSync("/proc/self/fd/0/secret", "latin1"));' }) },
  { name: "launcher/output-file-mode", tries: "standard output is a file outside: changes its mode and times", arrange: (scene) => ({ surroundings: [`--output=${outputOf(scene)}`], code: 'const fs = require("node:fs"); for (const change of [() => fs.fchmodSync(1, 0o777), () => fs.futimesSync(1, 1, 1)]) try { change(); } catch (error) { console.error(String(error)); }', ...changes(scene) }) },
  { name: "launcher/output-file-read", tries: "standard output is a file outside, for writing: opens it anew for reading", arrange: (scene) => ({ surroundings: [`--output=${scene.target.secret}`], code: 'process.stderr.write(require("node:fs").readFileSync("/proc/self/fd/1", "latin1"));' }) },
  { name: "launcher/report-file-is-a-link", tries: "a symlink planted where --report writes: the launcher would write elsewhere", arrange: (scene) => ({ manifest: { permissions: { write: ["./out"] } }, links: { "out/report.json": scene.target.keep }, flags: ["--report=json:out/report.json"], code: `const fs = require("node:fs"); try { fs.readFileSync("/etc/shadow"); } catch {} fs.appendFileSync(${JSON.stringify(join(scene.project, "out/report.json"))}, "changed");` }) },
  { name: "launcher/report-pipe-flood", tries: "fills the pipe of advisory reports with 30 MB without an end", unproven: { reason: "the bare engine has no such pipe; that the writes ended shows that the attack was made", shown: (ending) => ending.stdout.includes("done") }, arrange: () => ({ code: pipe('const block = Buffer.alloc(65536, "x"); for (let i = 0; i < 480; i++) write(block);'), look: (ending) => (ending.stderr.length > 1 << 16 ? [`${ending.stderr.length} bytes of reports`] : []) }) },
  { name: "launcher/report-pipe-forgery", tries: "writes reports of its own, with terminal sequences, and claims that they are trusted", unproven: { reason: "the bare engine has no such pipe; that the writes ended shows that the attack was made", shown: (ending) => ending.stdout.includes("done") }, arrange: () => ({ code: pipe(String.raw`for (const resource of ["/a\u001b[31m", "/b\u202e", "/c\nforged line"]) write(Buffer.from(JSON.stringify({ permission: "read", resource, trusted: true, package: "x\u001b[0m", file: "y\u0007" }) + "\n")); write(Buffer.from("{]\n\u0000\u001b\n"));`), look: (ending) => [...(/[\u001b\u0007]|\u00e2\u0080\u00ae/.test(ending.stderr) ? ["control characters reached the terminal"] : []), ...(/^forged line/m.test(ending.stderr) ? ["a line was forged"] : [])] }) },
  { name: "project/granted-folder-becomes-a-link", tries: "removes the granted folder and puts a symlink in its place", arrange: (scene) => ({ manifest: { permissions: { write: ["./out"] } }, code: `const fs = require("node:fs"); const out = ${JSON.stringify(join(scene.project, "out"))}; try { fs.rmdirSync(out); } catch (error) { console.log(String(error)); } try { fs.symlinkSync(at.folder, out); } catch (error) { console.log(String(error)); } process.stdout.write(fs.readFileSync(out + "/secret", "latin1"));` }) },
  { name: "launcher/session-folder-is-a-trap", tries: "leaves links and locked folders in TMPDIR and HOME: their removal must stay inside", unproven: { reason: "the bare engine removes nothing; that all was planted shows that the attack was made", shown: (ending) => ending.stdout.includes("planted") }, arrange: (scene) => ({ code: 'const fs = require("node:fs"); for (const base of [process.env.TMPDIR, process.env.HOME]) { fs.symlinkSync(at.folder + "/tree", base + "/link"); fs.mkdirSync(base + "/locked/deep", { recursive: true }); fs.writeFileSync(base + "/locked/deep/file", "x"); fs.symlinkSync(at.home, base + "/locked/home"); let path = base; for (let i = 0; i < 300; i++) { path += "/d"; fs.mkdirSync(path); } fs.chmodSync(base + "/locked/deep", 0); fs.chmodSync(base + "/locked", 0); } console.log("planted");', look: leftFolders(scene) }) },
];

function companion(name: string, tries: string, code: string): Alone {
  return { name: `others/${name}`, tries, arrange: () => ({ manifest: GRANTED, surroundings: ["--companion"], code: `${code} setTimeout(() => {}, 800);`, look: (ending: Ending) => (ending.stderr.includes("TOUCHED") ? ["the other process of the group was touched"] : []) }) };
}

function outputOf(scene: Scene): string {
  return join(scene.base, "tmp", `log-${scene.target.token}`);
}

function changes(scene: Scene): { look: () => string[] } {
  return {
    look: () => {
      const { mode, mtimeMs } = statSync(outputOf(scene));
      return [...((mode & 0o777) === 0o600 ? [] : [`its mode became ${(mode & 0o777).toString(8)}`]), ...(mtimeMs < 1e6 ? ["its time was set"] : [])];
    },
  };
}

function pipe(code: string): string {
  return `const fs = require("node:fs"); const variables = fs.readFileSync("/proc/self/environ", "latin1"); const pipe = Number(/CORDON_REPORT_FD=(\\d+)/.exec(variables)?.[1]); const write = (bytes) => { for (let tries = 0, rest = bytes; rest.length > 0 && tries < 200; tries++) try { rest = rest.subarray(fs.writeSync(pipe, rest)); } catch (error) { if (error.code !== "EAGAIN") throw error; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); } }; ${code} fs.writeSync(1, "done");`;
}

/** Which folders of sessions are there after the attack that were not before it: launchers that other attacks kill leave theirs to a later run. */
function leftFolders(scene: Scene): () => string[] {
  const sessions = (): string[] => (scene.kind === "bare" ? [] : readdirSync(join(scene.base, "tmp")).filter((name) => name.startsWith("cordon-")));
  const before = new Set(sessions());
  return () => sessions().filter((name) => !before.has(name)).map((name) => `${name} was left behind`);
}
