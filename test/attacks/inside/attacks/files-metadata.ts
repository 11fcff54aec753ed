// Changes to what surrounds a file's content: none of them is a Landlock right, so the broker holds them.
// `keep` lies outside the grants; `readable` is the program's own code, which it may read but not change.
import * as fs from "node:fs";
import { EVERYWHERE, NODE, RAW, type Attack, type Target } from "../attack.ts";
import { AT_FDCWD, text, type Raw } from "../raw.ts";

const LONG_AGO = 1_000_000_000;

export const attacks: Attack[] = [
  node("chmod", "changes a mode by path", (at) => fs.chmodSync(at.keep, 0o777)),
  node("chmod-own-code", "changes the mode of its own code by path", (at) => fs.chmodSync(at.readable, 0o777)),
  node("fchmod-read-only", "fchmod on a read-only descriptor (CVE-2024-36137)", (at) => fs.fchmodSync(fs.openSync(at.readable, "r"), 0o777)),
  node("filehandle-chmod", "FileHandle.chmod on a read-only handle (CVE-2026-21716)", async (at) => (await fs.promises.open(at.readable, "r")).chmod(0o777)),
  node("chown", "changes the owner by path", (at) => fs.chownSync(at.keep, ownId(), ownGroup())),
  node("fchown-read-only", "fchown on a read-only descriptor (CVE-2024-36137)", (at) => fs.fchownSync(fs.openSync(at.readable, "r"), ownId(), ownGroup())),
  node("lchown", "lchown by path", (at) => fs.lchownSync(at.keep, ownId(), ownGroup())),
  node("utimes", "sets a file's times by path", (at) => fs.utimesSync(at.keep, LONG_AGO, LONG_AGO)),
  node("utimes-own-code", "sets the times of its own code by path", (at) => fs.utimesSync(at.readable, LONG_AGO, LONG_AGO)),
  node("futimes-read-only", "futimes on a read-only descriptor (CVE-2025-55132)", (at) => fs.futimesSync(fs.openSync(at.readable, "r"), LONG_AGO, LONG_AGO)),
  node("lutimes", "lutimes by path", (at) => fs.lutimesSync(at.keep, LONG_AGO, LONG_AGO)),
  node("filehandle-utimes", "FileHandle.utimes on a read-only handle (CVE-2026-48935)", async (at) => (await fs.promises.open(at.readable, "r")).utimes(LONG_AGO, LONG_AGO)),
  node("truncate", "truncates a file outside", (at) => fs.truncateSync(at.keep, 0)),
  node("truncate-by-opening", "opens its own code for reading, truncating it", (at) => fs.openSync(at.readable, fs.constants.O_RDONLY | fs.constants.O_TRUNC)),
  raw("setxattr", "sets an extended attribute by path", (at, raw) => raw.call("setxattr", text(at.keep), text("user.cordon"), text("x"), 1, 0)),
  raw("lsetxattr", "sets an extended attribute of its own code by path", (at, raw) => raw.call("lsetxattr", text(at.readable), text("user.cordon"), text("x"), 1, 0)),
  raw("fsetxattr-read-only", "fsetxattr on a read-only descriptor", (at, raw) => raw.call("fsetxattr", raw.open(at.readable), text("user.cordon"), text("x"), 1, 0)),
  raw("removexattr", "takes an extended attribute away by path", (at, raw) => raw.call("removexattr", text(at.keep), text("user.kept"))),
  raw("fremovexattr-read-only", "fremovexattr on a read-only descriptor", (at, raw) => raw.call("fremovexattr", raw.open(at.readable), text("user.kept"))),
  raw("setxattrat", "setxattrat, a call of Linux 6.13", setXattrAt),
  raw("fchmodat", "fchmodat on a descriptor through /proc/self/fd", (at, raw) => raw.call("fchmodat", AT_FDCWD, text(`/proc/self/fd/${raw.open(at.readable)}`), 0o777)),
  raw("fchmodat2", "fchmodat2 with AT_EMPTY_PATH on a read-only descriptor", (at, raw) => raw.call("fchmodat2", raw.open(at.readable), text(""), 0o777, 0x1000)),
  raw("fchmodat2-path-descriptor", "fchmodat2 with AT_EMPTY_PATH on an O_PATH descriptor", (at, raw) => raw.call("fchmodat2", raw.open(at.keep, 0o10000000), text(""), 0o777, 0x1000)),
  raw("fchownat-empty-path", "fchownat with AT_EMPTY_PATH on an O_PATH descriptor", (at, raw) => raw.call("fchownat", raw.open(at.keep, 0o10000000), text(""), ownId(), ownGroup(), 0x1000)),
  raw("utimensat-descriptor", "utimensat without a path on a read-only descriptor", (at, raw) => raw.call("utimensat", raw.open(at.readable), 0, times(), 0)),
  raw("utimensat-empty-path", "utimensat with AT_EMPTY_PATH on an O_PATH descriptor", (at, raw) => raw.call("utimensat", raw.open(at.keep, 0o10000000), text(""), times(), 0x1000)),
  raw("old-utime", "the old calls utime, utimes and futimesat", oldTimes),
  raw("file-flags", "FS_IOC_SETFLAGS on a read-only descriptor", setFlags),
  raw("file-xflags", "FS_IOC_FSSETXATTR on a read-only descriptor", setExtendedFlags),
  raw("file-setattr", "file_setattr, a call of Linux 6.17", fileSetAttr),
  raw("lease", "F_SETLEASE on its own code: whoever opens it waits", (at, raw) => (raw.call("fcntl", raw.open(at.readable), 1024, 1), reversed(at))),
  raw("directory-notification", "F_NOTIFY on a folder outside tells of changes", (at, raw) => (raw.call("fcntl", raw.open(at.folder, 0o200000), 1026, 0x2), reversed(at))),
  { ...raw("fanotify", "fanotify watches the whole file system", (at, raw) => (raw.call("fanotify_mark", raw.call("fanotify_init", 0, 0), 0x11, 0x20, AT_FDCWD, text("/")), reversed(at))), user: "root" },
  raw("fanotify-unprivileged", "fanotify with file handles, which needs no privilege", (at, raw) => (raw.call("fanotify_mark", raw.call("fanotify_init", 0x200, 0), 0x1, 0x100 | 0x40000000, AT_FDCWD, text(at.folder)), reversed(at))),
  raw("inotify", "inotify tells the names in a folder outside", inotify, ["stir"]),
  { name: "files/watch", tries: "fs.watch tells the names in a folder outside", places: NODE, needs: ["stir"], run: watch },
  { name: "files/chmod-made-link", tries: "changes a mode through a symlink of its own", places: NODE, run: (at) => (fs.symlinkSync(at.keep, ownName(at)), fs.chmodSync(ownName(at), 0o777)) },
  { name: "files/times-through-made-link", tries: "sets times through a symlink of its own", places: NODE, run: (at) => (fs.symlinkSync(at.keep, ownName(at)), fs.utimesSync(ownName(at), LONG_AGO, LONG_AGO)) },
  { name: "files/chmod-flipped-link", tries: "chmod on a name that C exchanges for a link outside all the time", places: RAW, run: chmodFlipped },
  { name: "files/size-and-times", tries: "stat of a file outside: its exact size and time", places: EVERYWHERE, namespaces: "needed", run: (at) => sizeClaim(at, () => fs.statSync(at.secret).size > 0) },
  { name: "files/existence", tries: "access: whether a file outside exists", places: NODE, namespaces: "needed", run: (at) => sizeClaim(at, () => fs.existsSync(at.secret)) },
  { name: "files/link-target", tries: "readlink of a symlink outside tells where it points", places: NODE, namespaces: "needed", run: (at) => fs.readlinkSync(`${at.folder}/pointer`) },
];

function node(name: string, tries: string, run: (at: Target) => unknown): Attack {
  return { name: `files/${name}`, tries, places: NODE, run };
}

function raw(name: string, tries: string, run: (at: Target, raw: Raw) => unknown, needs: Attack["needs"] = []): Attack {
  return { name: `files/${name}`, tries, places: RAW, needs, run: (at, by) => run(at, by.raw) };
}

function ownId(): number {
  return process.getuid?.() ?? 0;
}

function ownGroup(): number {
  return process.getgid?.() ?? 0;
}

function ownName(at: Target): string {
  return `${process.env["TMPDIR"] ?? "/tmp"}/link-${at.token}`;
}

function reversed(at: Target): string {
  return [...at.token].toReversed().join("");
}

function sizeClaim(at: Target, look: () => boolean): string {
  return look() ? reversed(at) : "";
}

function times(): Buffer {
  const value = Buffer.alloc(32);
  value.writeBigInt64LE(BigInt(LONG_AGO), 0);
  value.writeBigInt64LE(BigInt(LONG_AGO), 16);
  return value;
}

function setXattrAt(at: Target, raw: Raw): number {
  const value = text("x");
  const args = Buffer.alloc(16);
  args.writeBigUInt64LE(raw.addon.address(value), 0);
  args.writeUInt32LE(1, 8);
  return raw.call("setxattrat", AT_FDCWD, text(at.readable), 0, text("user.cordon"), args, 16);
}

function oldTimes(at: Target, raw: Raw): string {
  const results = ["utime", "utimes", "futimesat"].map((name) => (name === "futimesat" ? raw.try(name, AT_FDCWD, text(at.keep), times()) : raw.try(name, text(at.keep), times())));
  return results.join();
}

const NO_DUMP = 0x40;
/** Of every file of ext4: to leave it out would change how the file is laid out. */
const EXTENTS = 0x80000;

function setFlags(at: Target, raw: Raw): number {
  const file = raw.open(at.readable);
  const flags = Buffer.alloc(8);
  // Where nothing tells them, they are guessed.
  if (raw.try("ioctl", file, 0x80086601, flags) < 0) flags.writeUInt32LE(EXTENTS, 0);
  flags.writeUInt32LE(flags.readUInt32LE(0) | NO_DUMP, 0);
  return raw.call("ioctl", file, 0x40086602, flags);
}

function setExtendedFlags(at: Target, raw: Raw): number {
  const file = raw.open(at.readable);
  const flags = Buffer.alloc(28);
  raw.try("ioctl", file, 0x801c581f, flags);
  flags.writeUInt32LE(flags.readUInt32LE(0) | 0x80, 0);
  return raw.call("ioctl", file, 0x401c5820, flags);
}

function fileSetAttr(at: Target, raw: Raw): number {
  const value = Buffer.alloc(24);
  raw.try("file_getattr", AT_FDCWD, text(at.readable), value, 24, 0);
  value.writeBigUInt64LE(value.readBigUInt64LE(0) | 0x80n, 0);
  return raw.call("file_setattr", AT_FDCWD, text(at.readable), value, 24, 0);
}

function inotify(at: Target, raw: Raw): string {
  const watch = raw.call("inotify_init1", 0);
  raw.call("inotify_add_watch", watch, text(at.stir), 0x100);
  return raw.readAll(watch);
}

function watch(at: Target): Promise<string> {
  return new Promise((done, failed) => {
    const watcher = fs.watch(at.stir, (_event, name) => {
      if (name === "pulse") return;
      watcher.close();
      done(String(name));
    });
    watcher.on("error", failed);
    setTimeout(() => (watcher.close(), failed(new Error("nothing seen"))), 3000).unref();
  });
}

function chmodFlipped(at: Target, by: { raw: Raw }): string {
  const [name, link] = [ownName(at), `${ownName(at)}-link`];
  fs.closeSync(fs.openSync(name, "w"));
  fs.symlinkSync(at.keep, link);
  const flipper = by.raw.addon.flipNames(name, link);
  const path = text(name);
  for (let turn = 0, start = performance.now(); turn < 3000 || performance.now() - start < 300; turn++) by.raw.try("chmod", path, 0o777);
  by.raw.addon.stop(flipper);
  return "";
}
