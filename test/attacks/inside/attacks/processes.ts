// Starting programs that no grant names. `program` says the token backwards when it runs.
import * as child from "node:child_process";
import cluster from "node:cluster";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claim, NODE, RAW, type Attack, type Target } from "../attack.ts";
import { AT_FDCWD, text, type Raw } from "../raw.ts";


export const attacks: Attack[] = [
  start("spawn", "child_process.spawn", (at) => output(child.spawn(at.program, [at.token]))),
  start("spawn-sync", "child_process.spawnSync", (at) => child.spawnSync(at.program, [at.token]).stdout.toString()),
  start("exec", "child_process.exec, with a shell", (at) => child.execSync(`${at.program} ${at.token}`).toString()),
  start("exec-file", "child_process.execFileSync", (at) => child.execFileSync(at.program, [at.token]).toString()),
  start("shell-alone", "the shell itself, reading the secret", (at) => child.spawnSync("/bin/sh", ["-c", `while read -r line; do echo "$line"; done < ${at.secret}`], { encoding: "latin1" }).stdout),
  start("spawn-binding", "process.binding('spawn_sync')", (at) => spawnBinding(at)),
  start("detached", "a detached child", (at) => output(child.spawn(at.program, [at.token], { detached: true }))),
  start("shebang", "a script of its own with a #! line", (at) => {
    const script = own(at, ".sh");
    writeFileSync(script, `#!${readable(at)} ${at.token}\n`, { mode: 0o700 });
    return child.spawnSync(script, [], { encoding: "latin1" }).stdout;
  }),
  start("written-binary", "a binary that it writes into its private folder", (at) => {
    copyFileSync(readable(at), own(at, ""));
    chmodSync(own(at, ""), 0o700);
    return child.spawnSync(own(at, ""), [at.token], { encoding: "latin1" }).stdout;
  }),
  start("path-lookup", "a program found by a PATH of its own", (at) => child.spawnSync("program", [at.token], { env: { PATH: join(at.program, "..") }, encoding: "latin1" }).stdout),
  start("dynamic-linker", "ld.so starts the program", (at) => child.spawnSync("/lib64/ld-linux-x86-64.so.2", [at.program, at.token], { encoding: "latin1" }).stdout),
  start("engine-as-child", "the engine reads the secret in a child of its own", (at) => child.spawnSync(process.execPath, ["-p", "fs.readFileSync(process.argv[1], 'latin1')", at.secret], { encoding: "latin1" }).stdout),
  start("fork", "child_process.fork, reading the secret", (at) => forked(at)),
  start("child-options", "NODE_OPTIONS loads a script that reads the secret", (at) => child.spawnSync(process.execPath, ["-e", "1"], { env: { ...process.env, NODE_OPTIONS: `--require ${script(at)}`, AT: at.secret }, encoding: "latin1" }).output.join()),
  start("child-preload", "LD_PRELOAD in a child", (at) => child.spawnSync(process.execPath, ["-p", "fs.readFileSync(process.env.AT, 'latin1')"], { env: { ...process.env, LD_PRELOAD: join(at.project, "node_modules/attack-addon/addon.node"), AT: at.secret }, encoding: "latin1" }).stdout),
  { name: "processes/execve", tries: "process.execve replaces the engine", places: ["child"], run: (at) => execveInChild(at) },
  { name: "processes/cluster", tries: "cluster.fork, reading the secret in the new process", places: ["main"], run: (at) => clustered(at) },
  raw("fork-call", "fork(2)", (at, raw) => forkClaim(at, raw, "fork")),
  raw("vfork-flag", "clone with CLONE_VFORK and a new address space", (at, raw) => sequenced(at, raw)),
  raw("execve-call", "execve from a forked child, its output going to ours", (at, raw) => execInFork(at, raw, "execve")),
  raw("execveat", "execveat with an empty path", (at, raw) => execInFork(at, raw, "execveat")),
  raw("memory-file", "execveat of a program in a memfd", (at, raw) => execInFork(at, raw, "memfd")),
  raw("clone3", "clone3, whose flags no filter can read", (at, raw) => clone3Claim(at, raw)),
  raw("clone-parent", "CLONE_PARENT: a child that the launcher's side would own", (at, raw) => cloneClaim(at, raw, 0x8000 | 17)),
  raw("clone-namespace", "clone with CLONE_NEWUSER", (at, raw) => cloneClaim(at, raw, 0x10000000 | 17)),
  raw("clone-untraced", "clone with CLONE_UNTRACED and CLONE_VM, another process in this memory", (at, raw) => cloneClaim(at, raw, 0x00800000 | 17)),
];

function start(name: string, tries: string, run: (at: Target) => unknown): Attack {
  return { name: `processes/${name}`, tries, places: NODE, run };
}

function raw(name: string, tries: string, run: (at: Target, raw: Raw) => unknown): Attack {
  return { name: `processes/${name}`, tries, places: RAW, run: (at, by) => run(at, by.raw) };
}

/** The same program in the project's own code, which may be read: what is refused is its start. */
function readable(at: Target): string {
  return join(at.project, "code/program");
}

function own(at: Target, ending: string): string {
  return join(process.env["TMPDIR"] ?? "/tmp", `own-${at.token}${ending}`);
}

function output(started: child.ChildProcess): Promise<string> {
  return new Promise((done, failed) => {
    let seen = "";
    started.stdout?.on("data", (bytes) => (seen += String(bytes)));
    started.on("error", failed).on("close", () => done(seen));
  });
}

function script(at: Target): string {
  const file = own(at, ".cjs");
  writeFileSync(file, `require("node:fs").writeSync(1, require("node:fs").readFileSync(process.env.AT, "latin1")); process.exit(0)`);
  return file;
}

function forked(at: Target): Promise<string> {
  return output(child.fork(script(at), { silent: true, env: { ...process.env, AT: at.secret } }));
}

function clustered(at: Target): Promise<string> {
  cluster.setupPrimary({ exec: script(at), silent: true });
  const worker = cluster.fork({ AT: at.secret });
  let seen = "";
  worker.process.stdout?.on("data", (bytes) => (seen += String(bytes)));
  return new Promise((done, failed) => worker.on("error", failed).on("exit", () => setTimeout(() => done(seen), 100)));
}

type SpawnSync = { spawn: (options: object) => { output: (Buffer | null)[] } };

function spawnBinding(at: Target): string {
  const binding = (process as unknown as { binding: (name: string) => SpawnSync }).binding("spawn_sync");
  const result = binding.spawn({ file: at.program, args: [at.program, at.token], envPairs: [], stdio: [{ type: "pipe", readable: true, writable: false }, { type: "pipe", readable: false, writable: true }, { type: "pipe", readable: false, writable: true }] });
  return String(result.output[1]);
}

function execveInChild(at: Target): string {
  const code = "process.execve(process.argv[1], [process.argv[1], process.argv[2]], {})";
  return child.spawnSync(process.execPath, ["-e", code, at.program, at.token], { encoding: "latin1" }).stdout;
}

function forkClaim(at: Target, raw: Raw, call: "fork"): string {
  // In the child this returns 0 with the engine's threads gone: it may only end.
  const results = raw.addon.sequence("fork", [[raw.number("getpid")]]);
  return (results[0] ?? -1) > 0 ? claim(at) : `${call} ${results.join()}`;
}

function sequenced(at: Target, raw: Raw): string {
  const buffer = Buffer.alloc(256);
  const results = raw.addon.sequence("fork", [[raw.number("openat"), AT_FDCWD, text(at.keep), 1, 0], [raw.number("write"), { result: 0 }, Buffer.from("changed"), 7]]);
  return `${results.join()} ${buffer.length}`;
}

function cloneClaim(at: Target, raw: Raw, flags: number): string {
  const pid = raw.addon.split(raw.number("clone"), flags, 0, 0, 0, 0);
  return pid > 0 ? claim(at) : String(pid);
}

function clone3Claim(at: Target, raw: Raw): string {
  const args = Buffer.alloc(88);
  args.writeBigUInt64LE(17n, 32);
  const pid = raw.addon.split(raw.number("clone3"), args, args.length);
  return pid > 0 ? claim(at) : String(pid);
}

/** argv and envp as C has them, and all that they point to. */
function words(raw: Raw, list: readonly string[]): { vector: Buffer; keep: Buffer[] } {
  const keep = list.map(text);
  const vector = Buffer.alloc(8 * (list.length + 1));
  for (const [index, word] of keep.entries()) vector.writeBigUInt64LE(raw.addon.address(word), 8 * index);
  return { vector, keep };
}

function execInFork(at: Target, raw: Raw, how: "execve" | "execveat" | "memfd"): string {
  const ends = Buffer.alloc(8);
  raw.call("pipe2", ends, 0);
  const args = words(raw, [at.program, at.token]);
  const program = how === "memfd" ? programInMemory(at, raw) : raw.try("openat", AT_FDCWD, text(at.program), 0, 0);
  const name = text(how === "execve" ? at.program : "");
  const call: [number, ...(number | Buffer)[]] = how === "execve" ? [raw.number("execve"), name, args.vector, Buffer.alloc(8)] : [raw.number("execveat"), program, name, args.vector, Buffer.alloc(8), 0x1000];
  const results = raw.addon.sequence("fork", [[raw.number("dup2"), ends.readInt32LE(4), 1], call]);
  raw.close(ends.readInt32LE(4));
  const seen = Buffer.alloc(256);
  const length = raw.try("read", ends.readInt32LE(0), seen, seen.length);
  return `${results.join()} ${seen.toString("latin1", 0, Math.max(0, length))} ${args.keep.length}`;
}

function programInMemory(at: Target, raw: Raw): number {
  const file = raw.call("memfd_create", text("program"), 0);
  // Its own code would do as well: a payload brings its program along.
  const bytes = readFileSync(join(at.project, "code/program"));
  for (let offset = 0; offset < bytes.length;) offset += raw.call("write", file, bytes.subarray(offset), bytes.length - offset);
  return file;
}

