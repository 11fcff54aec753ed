// Programs that are granted, turned around; and cordon inside cordon.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Alone } from "./scene.ts";

const READER = "reader.cjs";

export const alone: Alone[] = [
  { name: "processes/cordon-inside", tries: "cordon, granted as a program, is started inside with wider flags", arrange: (scene) => ({ manifest: { permissions: { run: [join(scene.installation, "bin/cordon"), "node"], read: [scene.installation] } }, files: { [`inner/${READER}`]: `process.stdout.write(require("node:fs").readFileSync(process.argv[2], "latin1"));`, "inner/package.json": "{}" }, code: `const { spawnSync } = require("node:child_process"); const ended = spawnSync(${JSON.stringify(join(scene.installation, "bin/cordon"))}, ["run", "--allow-read=" + at.folder, ${JSON.stringify(join(scene.project, "inner", READER))}, at.secret], { encoding: "latin1", env: { ...process.env, CORDON_TRUST: "" } }); process.stdout.write(String(ended.stdout) + ended.stderr + ended.error);` }) },
  ...(existsSync("/bin/sh") ? [shell()] : []),
  ...git(),
  { name: "processes/granted-program-reads", tries: "a granted program reads for the program", arrange: () => ({ manifest: { permissions: { run: ["cat"] } }, code: 'process.stdout.write(require("node:child_process").spawnSync("cat", [at.secret], { encoding: "latin1" }).output.join());' }) },
  { name: "processes/granted-program-writes", tries: "a granted program writes for the program", arrange: () => ({ manifest: { permissions: { run: ["cp"] } }, code: 'console.log(require("node:child_process").spawnSync("cp", ["/etc/hosts", at.keep], { encoding: "latin1" }).output.join());' }) },
  { name: "processes/granted-program-connects", tries: "the engine, granted as a program, connects for the program", needs: ["tcp"], arrange: (scene) => ({ manifest: { permissions: { run: ["node"] } }, code: `console.log(require("node:child_process").spawnSync(process.execPath, ["-e", "require('node:net').connect(${scene.target.tcp.port}, '127.0.0.1').on('error', console.log).on('connect', () => process.exit())"], { encoding: "latin1", env: {} }).output.join());` }) },
  { name: "processes/name-in-own-path", tries: "a program of the project under the name of a granted one", arrange: (scene) => ({ manifest: { permissions: { run: ["cat"] } }, files: { "bin/.keep": "" }, code: `const { spawnSync } = require("node:child_process"); process.stdout.write(spawnSync("program", [at.token], { env: { PATH: ${JSON.stringify(join(scene.target.folder, "bin"))} }, encoding: "latin1" }).output.join());` }) },
];

function shell(): Alone {
  return { name: "processes/granted-shell", tries: "a granted shell starts programs that are not granted", arrange: () => ({ manifest: { permissions: { run: ["sh"] } }, code: 'process.stdout.write(require("node:child_process").spawnSync("sh", ["-c", at.program + " " + at.token + "; " + "while read -r line; do echo $line; done < " + at.secret], { encoding: "latin1" }).output.join());' }) };
}

/** Where git is there. */
function git(): Alone[] {
  const turned = (name: string, tries: string, setting: (program: string) => string): Alone => ({
    name: `processes/git-${name}`, tries,
    arrange: (scene) => ({ manifest: { permissions: { run: ["git"], write: ["./out"] } }, code: `const run = (...words) => require("node:child_process").spawnSync("git", words, { cwd: ${JSON.stringify(join(scene.project, "out"))}, encoding: "latin1" }).output.join(); run("init"); ${setting(`${scene.target.program} ${scene.target.token}`)} process.stdout.write(run("status") + run("fetch", "ssh://evil.test/x") + run("log"));` }),
  });
  const tools = ["/usr/bin/git", "/usr/local/bin/git"].some((path) => existsSync(path));
  if (!tools) return [];
  return [turned("file-system-monitor", "git, turned around by core.fsmonitor", (program) => `run("config", "core.fsmonitor", ${JSON.stringify(`${program} >&2; false`)});`), turned("ssh-command", "git, turned around by core.sshCommand", (program) => `run("config", "core.sshCommand", ${JSON.stringify(`${program} >&2; false`)});`)];
}

