// Bombs, with small limits: the jail ends them. Nothing here is big enough to hurt a machine without a jail.
import { statSync } from "node:fs";
import { join } from "node:path";
import { kill } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Alone } from "./scene.ts";

const LATER = "setTimeout(() => claim(), 4000)";
/** On the bare engine the death of its parent is no reason to end. */
const SPEAK_LATER = 'setTimeout(() => process.stdout.write([...process.argv[1]].reverse().join("")), 4000)';

export const alone: Alone[] = [
  { name: "limits/processes", tries: "starts 40 processes where 20 are allowed", arrange: () => ({ manifest: { permissions: { run: ["sleep"] }, limits: { processes: 20 } }, code: 'const { spawn } = require("node:child_process"); let running = 0; const all = []; for (let i = 0; i < 40; i++) { const child = spawn("sleep", ["8"], { stdio: "ignore" }); child.on("error", () => {}); child.on("spawn", () => running++); child.on("exit", () => running--); all.push(child); } setTimeout(() => { if (running >= 40) claim(); for (const child of all) child.kill("SIGKILL"); process.exit(); }, 3000);' }) },
  { name: "limits/memory", tries: "takes 400 MB and holds them where 150 MB are allowed", arrange: () => ({ manifest: { limits: { memory: "150MB" } }, code: `globalThis.held = Array.from({ length: 40 }, () => Buffer.alloc(10 << 20, 1)); ${LATER}` }) },
  { name: "limits/file-size", tries: "writes a file of 8 MB where 1 MB is allowed", arrange: (scene) => ({ manifest: { permissions: { write: ["./out"] }, limits: { fileSize: "1MB" } }, code: `const fs = require("node:fs"); const file = fs.openSync(${JSON.stringify(join(scene.project, "out/big"))}, "w"); try { for (let i = 0; i < 8; i++) fs.writeSync(file, Buffer.alloc(1 << 20)); } catch (error) { console.log(String(error)); }`, look: () => (statSync(join(scene.project, "out/big"), { throwIfNoEntry: false })?.size ?? 0) > 1 << 20 ? ["the file grew beyond its limit"] : [] }) },
  { name: "limits/processor", tries: "computes for 8 s of processor time where 2 s are allowed", arrange: () => ({ manifest: { limits: { cpu: "2s" } }, code: "const used = () => { const { user, system } = process.cpuUsage(); return user + system; }; while (used() < 6_000_000) for (let i = 0; i < 1e6; i++); claim();" }) },
  { name: "limits/time", tries: "runs for 6 s where 2 s are allowed", arrange: () => ({ manifest: { limits: { time: "2s" } }, code: "setTimeout(() => claim(), 6000);" }) },
  { name: "limits/descriptors", tries: "opens 300 files where 100 are allowed", arrange: () => ({ manifest: { limits: { descriptors: 100 } }, code: 'const fs = require("node:fs"); for (let i = 0; i < 300; i++) fs.openSync("/dev/null", "r"); claim();' }) },
  { name: "supply-chain/colors", tries: "colors 2022: an endless loop of output", arrange: () => ({ manifest: { limits: { time: "2s" } }, code: 'const fs = require("node:fs"); const end = Date.now() + 6000; while (Date.now() < end) { try { fs.writeSync(1, "LIBERTY LIBERTY LIBERTY\\n"); } catch {} } claim();' }) },
  { name: "processes/outlives-its-parent", tries: "a detached grandchild goes on after the program's end (ua-parser-js 2021)", arrange: () => ({ manifest: { permissions: { run: ["node"] } }, code: outliving("process.exit()") }) },
  { name: "processes/outlives-by-session", tries: "the same in a session of its own, its parent gone at once", arrange: () => ({ manifest: { permissions: { run: ["node"] } }, code: `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify('require("node:child_process").spawn(process.execPath, ["-e", process.argv[1], process.argv[2]], { detached: true, stdio: "inherit" }).unref(); process.exit()')}, ${JSON.stringify(SPEAK_LATER)}, at.token], { detached: true, stdio: "inherit" }).on("exit", () => setTimeout(() => process.exit(), 300));` }) },
  { name: "launcher/killed", tries: "the launcher is killed with SIGKILL: a grandchild in a session of its own goes on", arrange: () => ({ manifest: { permissions: { run: ["node"] } }, code: outliving("console.log('ready'); setTimeout(() => process.exit(), 7000)"), meanwhile: async (launcher, ready) => {
    await ready;
    await sleep(300);
    kill(launcher, "SIGKILL");
  } }) },
];

function outliving(then: string): string {
  return `const child = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(SPEAK_LATER)}, at.token], { detached: true, stdio: "inherit" }); child.unref(); child.on("spawn", () => { ${then}; });`;
}
