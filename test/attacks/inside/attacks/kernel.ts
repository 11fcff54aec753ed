// Calls by which a process gains or changes what the whole machine has. Each claims its success by the token.
import { AT_FDCWD, text, type Raw } from "../raw.ts";
import { claim, RAW, type Attack, type Target } from "../attack.ts";

export const attacks: Attack[] = [
  call("user-namespace", "unshare into a user and mount namespace, with all capabilities in it", (at, raw) => inFork(at, raw, [[raw.number("unshare"), 0x10020000]])),
  call("mount-over", "mounts over a folder, in a namespace of its own", (at, raw) => inFork(at, raw, [[raw.number("unshare"), 0x10020000], [raw.number("mount"), text("none"), text(at.folder), text("tmpfs"), 0, 0]], 1)),
  call("network-namespace", "unshare into a network namespace", (at, raw) => inFork(at, raw, [[raw.number("unshare"), 0x50000000]])),
  root("join-namespace", "setns into the launcher's mount namespace", (at, raw) => inFork(at, raw, [[raw.number("openat"), AT_FDCWD, text(`/proc/${at.launcher}/ns/mnt`), 0, 0], [raw.number("setns"), { result: 0 }, 0]], 1)),
  root("chroot", "chroot, then out by ../", (at, raw) => inFork(at, raw, [[raw.number("chroot"), text(at.readable.slice(0, at.readable.lastIndexOf("/")))]])),
  root("mount", "mounts a tmpfs", (at, raw) => inFork(at, raw, [[raw.number("mount"), text("none"), text(`${at.folder}/empty`), text("tmpfs"), 0, 0], [raw.number("umount2"), text(`${at.folder}/empty`), 2]])),
  root("new-mount-calls", "open_tree clones the root's mount", (at, raw) => (raw.close(raw.call("open_tree", AT_FDCWD, text("/"), 1)), claim(at))),
  root("file-system", "fsopen makes a file system", (at, raw) => (raw.close(raw.call("fsopen", text("tmpfs"), 0)), claim(at))),
  root("host-name", "sets the machine's name, to the one it has", (at, raw) => (raw.call("sethostname", hostName(raw), hostName(raw).indexOf(0)), claim(at))),
  root("clock", "sets the clock", (at, raw) => (raw.call("clock_settime", 0, now(raw)), claim(at))),
  root("kernel-messages", "syslog(2) reads the kernel's messages", (at, raw) => raw.call("syslog", 10, 0, 0) > 0 && claim(at)),
  root("bpf", "bpf makes a map", (at, raw) => (raw.close(raw.call("bpf", 0, Buffer.concat([Buffer.from([2, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0]), Buffer.alloc(104)]), 120)), claim(at))),
  root("user-fault", "userfaultfd, which stops the kernel in the middle of a copy", (at, raw) => (raw.close(raw.call("userfaultfd", 0)), claim(at))),
  call("user-fault-user-mode", "userfaultfd for user mode only, which needs no privilege", (at, raw) => (raw.close(raw.call("userfaultfd", 1)), claim(at))),
  call("personality", "personality: no address randomisation", (at, raw) => {
    const before = raw.call("personality", 0xffffffff);
    raw.call("personality", before | 0x0040000);
    raw.try("personality", before);
    return claim(at);
  }),
  call("local-descriptors", "modify_ldt, long a source of holes", (at, raw) => raw.call("modify_ldt", 0, Buffer.alloc(64), 64) >= 0 && claim(at)),
  call("second-listener", "installs a seccomp filter with a listener of its own and answers itself", (at, raw) => inFork(at, raw, [[raw.number("prctl"), 38, 1, 0, 0, 0], [raw.number("seccomp"), 1, 8, program(raw)]], 1)),
  root("set-user", "becomes another user", (at, raw) => inFork(at, raw, [[raw.number("setgid"), 12345], [raw.number("setuid"), 12345]])),
  root("capabilities", "still has capabilities", (at, raw) => capabilities(raw) !== 0n && claim(at)),
  root("read-any-file", "reads a file whose mode lets nobody read it", (at, raw) => raw.readFile("/etc/gshadow").length > 0 && claim(at)),
  root("disk", "opens the disk itself", (at, raw) => ["vda", "sda", "nvme0n1", "xvda", "loop0"].some((name) => raw.try("openat", AT_FDCWD, text(`/dev/${name}`), 0, 0) >= 0) && claim(at)),
  call("terminal-input", "opens the controlling terminal", (at, raw) => (raw.close(raw.open("/dev/ptmx", 2)), claim(at))),
  call("dumpable-secrets", "name_to_handle_at tells a file's handle outside", (at, raw) => handle(at, raw)),
  call("core-dump", "dies in a folder outside with a core file allowed, so that the kernel writes its memory there", (at, raw) => {
    raw.call("chdir", text(at.folder));
    raw.call("prlimit64", 0, 4, Buffer.alloc(16, 0xff), 0);
    raw.try("prctl", 4, 1, 0, 0, 0);
    raw.try("rt_sigaction", 6, Buffer.alloc(32), 0, 8);
    raw.try("tgkill", process.pid, raw.call("gettid"), 6);
  }),
  call("list-mounts", "statmount and listmount tell what is mounted where", (at, raw) => listMounts(at, raw)),
];

type Run = (at: Target, raw: Raw) => unknown;

function call(name: string, tries: string, run: Run): Attack {
  return { name: `kernel/${name}`, tries, places: RAW, run: (at, by) => run(at, by.raw) };
}

function root(name: string, tries: string, run: Run): Attack {
  return { ...call(name, tries, run), user: "root" };
}

/** In a child, so that the rest of the battery does not go on in other surroundings. Without a child: here, for the result. */
function inFork(at: Target, raw: Raw, steps: Parameters<Raw["addon"]["sequence"]>[1], which = 0): string {
  const forked = raw.addon.sequence("fork", steps);
  const tried = forked[0] === -1 || forked[0] === -38 || forked[0] === -13 ? raw.addon.sequence("thread", steps) : forked;
  return (tried[which] ?? -1) >= 0 ? claim(at) : tried.join();
}

function hostName(raw: Raw): Buffer {
  const names = Buffer.alloc(390);
  raw.call("uname", names);
  return names.subarray(65, 130);
}

function now(raw: Raw): Buffer {
  const time = Buffer.alloc(16);
  raw.call("clock_gettime", 0, time);
  return time;
}

/** `struct sock_fprog` with one step: allow. */
function program(raw: Raw): Buffer {
  allow.writeUInt16LE(0x06, 0);
  allow.writeUInt32LE(0x7fff0000, 4);
  const head = Buffer.alloc(16);
  head.writeUInt16LE(1, 0);
  head.writeBigUInt64LE(raw.addon.address(allow), 8);
  return head;
}

const allow: Buffer = Buffer.alloc(8);

function capabilities(raw: Raw): bigint {
  const [header, data] = [Buffer.alloc(8), Buffer.alloc(24)];
  header.writeUInt32LE(0x20080522, 0);
  raw.call("capget", header, data);
  return BigInt(data.readUInt32LE(0)) | BigInt(data.readUInt32LE(4)) | BigInt(data.readUInt32LE(12));
}

function handle(at: Target, raw: Raw): string {
  const value = Buffer.alloc(136);
  value.writeUInt32LE(128, 0);
  raw.call("name_to_handle_at", AT_FDCWD, text(at.secret), value, Buffer.alloc(4), 0);
  return claim(at);
}

function listMounts(at: Target, raw: Raw): string {
  const request = Buffer.alloc(32);
  request.writeUInt32LE(32, 0);
  request.writeBigUInt64LE(0xffffffffffffffffn, 8);
  return raw.call("listmount", request, Buffer.alloc(8 * 64), 64, 0) > 0 ? claim(at) : "";
}
