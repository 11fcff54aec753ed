// Ways to write the path of a file outside the grants.
import { openSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { EVERYWHERE, NODE, RAW, type Attack } from "../attack.ts";
import { AT_FDCWD, text } from "../raw.ts";

export const attacks: Attack[] = [
  { name: "files/absolute-path", tries: "reads a secret by its absolute path", places: EVERYWHERE, run: (at, by) => by.read(at.secret) },
  { name: "files/dot-dot", tries: "climbs out of the project by ../", places: EVERYWHERE, run: (at, by) => by.read(relative(process.cwd(), at.secret)) },
  { name: "files/dot-dot-from-a-granted-folder", tries: "climbs out of its own code's folder by ../", places: EVERYWHERE, run: (at, by) => by.read(`${dirname(at.readable)}/${relative(dirname(at.readable), at.secret)}`) },
  { name: "files/doubled-slashes", tries: "hides the path behind // and /./", places: EVERYWHERE, run: (at, by) => by.read(`//${at.secret.split("/").join("//.//")}`) },
  { name: "files/trailing-slash", tries: "lists a folder by a path with slashes at its end", places: EVERYWHERE, run: (at, by) => by.list(`${at.folder}//./`) + by.list(`${at.stir}//./`), needs: ["stir"] },
  { name: "files/sibling-with-the-same-prefix", tries: "reads a folder whose name begins like a granted one's", places: EVERYWHERE, run: (at, by) => by.read(join(`${at.project}-secret`, at.id.replaceAll("/", "_"))) },
  { name: "files/buffer-path", tries: "gives the path as a Buffer", places: NODE, run: (at) => readFileSync(Buffer.from(at.secret), "latin1") },
  { name: "files/byte-array-path", tries: "gives the path as bytes with a changed prototype (CVE-2023-32004)", places: NODE, run: (at) => readFileSync(Object.setPrototypeOf(new Uint8Array(Buffer.from(at.secret)), Buffer.prototype), "latin1") },
  { name: "files/url-path", tries: "gives the path as a file URL", places: NODE, run: (at) => readFileSync(pathToFileURL(at.secret), "latin1") },
  { name: "files/encoded-url-path", tries: "gives the path as a file URL with each letter encoded", places: NODE, run: (at) => readFileSync(new URL(`file://${[...at.secret].map((letter) => (letter === "/" ? "/" : `%${letter.charCodeAt(0).toString(16)}`)).join("")}`), "latin1") },
  { name: "files/proc-self-root", tries: "goes through /proc/self/root", places: EVERYWHERE, run: (at, by) => by.read(`/proc/self/root${at.secret}`) },
  { name: "files/proc-self-cwd", tries: "goes through /proc/self/cwd", places: EVERYWHERE, run: (at, by) => by.read(`/proc/self/cwd/${relative(process.cwd(), at.secret)}`) },
  { name: "files/proc-thread-self-root", tries: "goes through /proc/thread-self/root", places: EVERYWHERE, run: (at, by) => by.read(`/proc/thread-self/root${at.secret}`) },
  { name: "files/proc-parent-root", tries: "goes through /proc/<parent>/root", places: EVERYWHERE, run: (at, by) => by.read(`/proc/${process.ppid}/root${at.secret}`) },
  { name: "files/proc-launcher-root", tries: "goes through /proc/<launcher>/root", places: EVERYWHERE, run: (at, by) => by.read(`/proc/${at.launcher}/root${at.secret}`) },
  { name: "files/proc-self-fd", tries: "goes through a descriptor of a folder in /proc/self/fd", places: NODE, run: (at) => readFileSync(`/proc/self/fd/${openSync(at.folder, "r")}/secret`, "latin1") },
  { name: "files/dev-fd", tries: "opens the secret, then reads it by /dev/fd", places: NODE, run: (at) => readFileSync(`/dev/fd/${openSync(at.secret, "r")}`, "latin1") },
  { name: "files/chdir", tries: "changes the folder, then reads by a bare name", places: ["main", "child", "addon"], run: (at, by) => inFolder(at.folder, () => by.read("secret")) },
  { name: "files/link-that-exists", tries: "follows a symlink that lies in its own code", places: EVERYWHERE, run: (at, by) => by.read(join(at.readable, "..", "link")) },
  { name: "files/link-that-it-makes", tries: "makes a symlink in its private or granted folder and follows it", places: EVERYWHERE, run: (at, by) => by.read(linkTo(at.secret, at.token)) },
  { name: "files/link-to-the-folder", tries: "makes a symlink to the folder and goes on from there", places: EVERYWHERE, run: (at, by) => by.read(`${linkTo(at.folder, at.token)}/secret`) },
  { name: "files/link-to-a-relative-path", tries: "makes a symlink with ../ in it (CVE-2025-55130)", places: EVERYWHERE, run: (at, by) => by.read(linkTo(relative(realpathSync(process.env["TMPDIR"] ?? "/tmp"), at.secret), at.token)) },
  { name: "files/open-by-path-descriptor", tries: "opens a folder with O_PATH, then a file below it", places: RAW, run: (at, { raw }) => raw.readAll(raw.call("openat", raw.open(at.folder, 0o10000000), text("secret"), 0, 0)) },
  { name: "files/reopen-a-path-descriptor", tries: "opens the secret with O_PATH and opens it anew through /proc", places: RAW, run: (at, { raw }) => raw.readFile(`/proc/self/fd/${raw.open(at.secret, 0o10000000)}`) },
  { name: "files/openat-dot-dot", tries: "openat with ../ below a descriptor of its own code's folder", places: RAW, run: (at, { raw }) => raw.readAll(raw.call("openat", raw.open(at.project, 0o200000), text(relative(at.project, at.secret)), 0, 0)) },
  { name: "files/openat2", tries: "openat2 with no restriction", places: RAW, run: (at, { raw }) => raw.readAll(raw.call("openat2", AT_FDCWD, text(at.secret), Buffer.alloc(24), 24)) },
  { name: "files/old-open", tries: "the old system call open, not openat", places: RAW, run: (at, { raw }) => raw.readAll(raw.call("open", text(at.secret), 0, 0)) },
  { name: "files/open-in-a-new-thread", tries: "a thread started by C opens the secret", places: RAW, run: (at, { raw }) => readInThread(at.secret, raw.number("openat"), raw.number("read"), raw.addon.sequence) },
  {
    name: "files/open-by-handle", tries: "takes a file handle and opens it (CAP_DAC_READ_SEARCH)", places: RAW, user: "root",
    run: (at, { raw }) => {
      const handle = Buffer.alloc(136);
      handle.writeUInt32LE(128, 0);
      raw.call("name_to_handle_at", AT_FDCWD, text(at.secret), handle, Buffer.alloc(4), 0);
      return raw.readAll(raw.call("open_by_handle_at", raw.open("/", 0o200000), handle, 0));
    },
  },
  { name: "files/32-bit-open", tries: "the 32-bit door int 0x80, whose numbers mean other calls", places: RAW, run: (at, { raw }) => readByInterrupt(at.secret, raw) },
];

function inFolder<T>(folder: string, work: () => T): T {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return work();
  } finally {
    process.chdir(before);
  }
}

function linkTo(goal: string, name: string): string {
  const link = join(realpathSync(process.env["TMPDIR"] ?? "/tmp"), `${name}-${process.hrtime.bigint()}`);
  symlinkSync(goal, link);
  return link;
}

function readInThread(path: string, openat: number, read: number, sequence: (where: "thread", steps: readonly [number, ...(number | Buffer | { result: number })[]][]) => number[]): string {
  const buffer = Buffer.alloc(4096);
  const results = sequence("thread", [[openat, AT_FDCWD, text(path), 0, 0], [read, { result: 0 }, buffer, buffer.length]]);
  return `${results.join()} ${buffer.toString("latin1")}`;
}

type Interrupts = { call: (name: string, ...args: (number | bigint | Buffer)[]) => number; addon: { interrupt: (number: number, ...args: (number | Buffer)[]) => number; memory: (address: number, length: number) => Buffer; address: (buffer: Buffer) => bigint } };

/** The path has to lie below 4 GiB: read(2) on a pipe puts it there. */
function readByInterrupt(path: string, raw: Interrupts): string {
  const low = raw.call("mmap", 0, 8192, 3, 0x62 /* MAP_PRIVATE MAP_ANONYMOUS MAP_32BIT */, -1, 0);
  const ends = Buffer.alloc(8);
  raw.call("pipe2", ends, 0);
  const bytes = text(path);
  raw.call("write", ends.readInt32LE(4), bytes, bytes.length);
  raw.call("read", ends.readInt32LE(0), low, bytes.length);
  const file = raw.addon.interrupt(5 /* open */, low, 0, 0);
  const length = raw.addon.interrupt(3 /* read */, file, low + 4096, 4096);
  return `${file} ${length} ${raw.addon.memory(low + 4096, 4096).toString("latin1")}`;
}

