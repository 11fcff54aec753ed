// Everything that reaches a process outside the jail: a victim that belongs to the same user, and the launcher.
import { setPriority } from "node:os";
import { claim, EVERYWHERE, NODE, RAW, type Attack, type Target } from "../attack.ts";
import { text, type Raw } from "../raw.ts";

const [SIGTERM, SIGSTOP, SIGKILL, SIGUSR2, SIGIO] = [15, 19, 9, 12, 29] as const;

export const attacks: Attack[] = [
  { name: "others/terminate", tries: "sends SIGTERM", places: EVERYWHERE, needs: ["victim"], run: (at, by) => by.signal(at.victim.pid, SIGTERM) },
  { name: "others/kill", tries: "sends SIGKILL", places: EVERYWHERE, needs: ["victim"], run: (at, by) => by.signal(at.victim.pid, SIGKILL) },
  { name: "others/stop", tries: "sends SIGSTOP", places: EVERYWHERE, needs: ["victim"], run: (at, by) => by.signal(at.victim.pid, SIGSTOP) },
  { name: "others/open-inspector", tries: "sends SIGUSR1, at which another Node opens its inspector", places: ["main", "child"], needs: ["victim"], run: (at) => (process as unknown as { _debugProcess: (pid: number) => void })._debugProcess(at.victim.pid) },
  { name: "others/priority", tries: "os.setPriority of another process", places: NODE, needs: ["victim"], run: (at) => setPriority(at.victim.pid, 15) },
  raw("process-group", "signals another process group", (at, raw) => raw.call("kill", -at.victim.pid, SIGUSR2)),
  raw("tgkill", "tgkill", (at, raw) => raw.call("tgkill", at.victim.pid, at.victim.pid, SIGUSR2)),
  raw("tkill", "tkill", (at, raw) => raw.call("tkill", at.victim.pid, SIGUSR2)),
  raw("sigqueue", "rt_sigqueueinfo", (at, raw) => raw.call("rt_sigqueueinfo", at.victim.pid, SIGUSR2, signalInfo(SIGUSR2))),
  raw("tgsigqueue", "rt_tgsigqueueinfo", (at, raw) => raw.call("rt_tgsigqueueinfo", at.victim.pid, at.victim.pid, SIGUSR2, signalInfo(SIGUSR2))),
  raw("pidfd-signal", "pidfd_send_signal", (at, raw) => raw.call("pidfd_send_signal", raw.call("pidfd_open", at.victim.pid, 0), SIGUSR2, 0, 0)),
  raw("pidfd-group-signal", "pidfd_send_signal to the process group", (at, raw) => raw.call("pidfd_send_signal", raw.call("pidfd_open", at.victim.pid, 0), SIGUSR2, 0, 4)),
  raw("owner-of-a-socket", "F_SETOWN and O_ASYNC: the kernel signals the victim when data comes", (at, raw) => ownedSocket(at, raw, (socket) => raw.call("fcntl", socket, 8, at.victim.pid))),
  raw("owner-extended", "F_SETOWN_EX, the same by another number", (at, raw) => ownedSocket(at, raw, (socket) => raw.call("fcntl", socket, 15, ownerOf(at.victim.pid)))),
  raw("owner-by-ioctl", "FIOSETOWN, the same by ioctl", (at, raw) => ownedSocket(at, raw, (socket) => raw.call("ioctl", socket, 0x8901, number32(at.victim.pid)))),
  raw("group-by-ioctl", "SIOCSPGRP, the same by another ioctl", (at, raw) => ownedSocket(at, raw, (socket) => raw.call("ioctl", socket, 0x8902, number32(at.victim.pid)))),
  raw("set-priority", "setpriority", (at, raw) => raw.call("setpriority", 0, at.victim.pid, 15)),
  raw("set-group-priority", "setpriority of the victim's process group", (at, raw) => raw.call("setpriority", 1, at.victim.pid, 15)),
  raw("affinity", "sched_setaffinity: the victim may use one processor only", (at, raw) => raw.call("sched_setaffinity", at.victim.pid, 8, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]))),
  raw("scheduler", "sched_setscheduler: the victim runs when idle", (at, raw) => raw.call("sched_setscheduler", at.victim.pid, 5, Buffer.alloc(4))),
  raw("scheduler-attributes", "sched_setattr", (at, raw) => raw.call("sched_setattr", at.victim.pid, schedulerAttributes(), 0)),
  raw("io-priority", "ioprio_set", (at, raw) => raw.call("ioprio_set", 1, at.victim.pid, (3 << 13) | 1)),
  raw("limits", "prlimit64: takes the victim's limits away", (at, raw) => raw.call("prlimit64", at.victim.pid, 7, Buffer.from([50, 0, 0, 0, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0]), 0)),
  raw("ptrace-attach", "ptrace attach", (at, raw) => (raw.call("ptrace", 16, at.victim.pid, 0, 0), raw.try("wait4", at.victim.pid, 0, 0x40000000, 0), raw.try("ptrace", 17, at.victim.pid, 0, 0), claim(at))),
  raw("ptrace-seize", "ptrace seize", (at, raw) => (raw.call("ptrace", 0x4206, at.victim.pid, 0, 0), raw.try("ptrace", 17, at.victim.pid, 0, 0), claim(at))),
  raw("read-memory", "process_vm_readv of the victim's secret", (at, raw) => readMemory(at, raw)),
  raw("write-memory", "process_vm_writev into the victim", (at, raw) => (vector(at, raw, "process_vm_writev"), claim(at))),
  raw("proc-memory", "/proc/<pid>/mem of the victim", (at, raw) => procMemory(at, raw)),
  raw("proc-environment", "/proc/<pid>/environ and cmdline of the victim", (at, raw) => raw.readFile(`/proc/${at.victim.pid}/environ`) + raw.readFile(`/proc/${at.victim.pid}/cmdline`)),
  raw("proc-descriptor", "/proc/<pid>/fd of the victim", (at, raw) => raw.readFile(`/proc/${at.victim.pid}/fd/${at.victim.descriptor}`)),
  raw("take-descriptor", "pidfd_getfd takes a descriptor out of the victim", (at, raw) => {
    const file = raw.call("pidfd_getfd", raw.call("pidfd_open", at.victim.pid, 0), at.victim.descriptor, 0);
    raw.call("lseek", file, 0, 0);
    return raw.readAll(file);
  }),
  raw("compare", "kcmp tells which resources two processes share", (at, raw) => raw.try("kcmp", process.pid, at.victim.pid, 1, 0, 0) >= 0 && claim(at)),
  raw("advise-memory", "process_madvise on the victim's memory", (at, raw) => (vector(at, raw, "process_madvise"), claim(at)), "root"),
  raw("release-memory", "process_mrelease and move_pages on the victim", (at, raw) => raw.try("move_pages", at.victim.pid, 0, 0, 0, 0, 0) >= 0 && claim(at)),
  raw("robust-list", "get_robust_list tells an address of the victim", (at, raw) => raw.try("get_robust_list", at.victim.pid, Buffer.alloc(8), Buffer.alloc(8)) >= 0 && claim(at)),
  raw("performance-events", "perf_event_open on the victim", (at, raw) => raw.call("perf_event_open", perfAttributes(), at.victim.pid, -1, -1, 0) >= 0 && claim(at), "root"),
  raw("shared-memory", "reads a System V shared memory segment", (at, raw) => sharedMemory(at, raw)),
  raw("message-queue", "takes a message out of a System V queue", (at, raw) => messageQueue(at, raw)),
  raw("semaphore", "changes a System V semaphore", (at, raw) => (raw.call("semctl", raw.call("semget", at.victim.key, 1, 0), 0, 16, 7), claim(at))),
  raw("keyring", "reads a key of the user's keyring", (at, raw) => keyring(at, raw)),
  raw("add-key", "leaves a key in the user's keyring", (at, raw) => (raw.try("keyctl", 9, raw.call("add_key", text("user"), text(`cordon-${at.token}`), text("x"), 1, -4), -4), claim(at))),
  raw("posix-queue", "makes a POSIX message queue that others see", (at, raw) => {
    raw.call("mq_open", text(`cordon-${at.token}`), 0o102, 0o600, 0);
    raw.try("mq_unlink", text(`cordon-${at.token}`));
    return claim(at);
  }),
  { name: "launcher/terminate", tries: "sends SIGTERM to the launcher", places: EVERYWHERE, run: (at, by) => (by.signal(at.launcher, 0), claim(at)) },
  { name: "launcher/stop", tries: "stops the launcher and lets it go on", places: RAW, run: (at, { raw: by }) => (by.call("kill", at.launcher, 18), claim(at)) },
  { name: "launcher/signal-parent", tries: "signals its parent", places: ["main", "worker", "addon"], run: (at, by) => (by.signal(process.ppid, 0), claim(at)) },
  { name: "launcher/read-memory", tries: "process_vm_readv of the launcher", places: RAW, run: (at, by) => canRead(at, by.raw, at.launcher) },
  { name: "launcher/trace", tries: "ptrace of the launcher", places: RAW, run: (at, { raw: by }) => (by.call("ptrace", 0x4206, at.launcher, 0, 0), by.try("ptrace", 17, at.launcher, 0, 0), claim(at)) },
  { name: "launcher/take-descriptors", tries: "pidfd_getfd on the launcher: its listener", places: RAW, run: (at, { raw: by }) => by.call("pidfd_getfd", by.call("pidfd_open", at.launcher, 0), 2, 0) >= 0 && claim(at) },
  { name: "launcher/memory-file", tries: "opens /proc/<launcher>/mem", places: EVERYWHERE, run: (at, by) => (by.read(`/proc/${at.launcher}/maps`), claim(at)) },
  { name: "launcher/priority", tries: "setpriority of the launcher", places: NODE, run: (at) => (setPriority(at.launcher, 1), claim(at)) },
  { name: "launcher/limits", tries: "prlimit64 of the launcher", places: RAW, run: (at, { raw: by }) => (by.call("prlimit64", at.launcher, 7, 0, Buffer.alloc(16)), claim(at)) },
];

function raw(name: string, tries: string, run: (at: Target, raw: Raw) => unknown, user?: "root"): Attack {
  return { name: `others/${name}`, tries, places: RAW, needs: ["victim"], run: (at, by) => run(at, by.raw), ...(user ? { user } : {}) };
}

function signalInfo(signal: number): Buffer {
  const info = Buffer.alloc(128);
  info.writeInt32LE(signal, 0);
  info.writeInt32LE(-1 /* SI_QUEUE */, 8);
  return info;
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function ownerOf(pid: number): Buffer {
  return Buffer.concat([number32(1), number32(pid)]);
}

/** Data that comes into the other end makes the kernel signal the owner. */
function ownedSocket(_at: Target, raw: Raw, own: (socket: number) => unknown): string {
  const pair = Buffer.alloc(8);
  raw.call("socketpair", 1, 1, 0, pair);
  own(pair.readInt32LE(0));
  raw.call("fcntl", pair.readInt32LE(0), 4, 0o20000);
  raw.call("write", pair.readInt32LE(4), Buffer.from("x"), 1);
  return `signal ${SIGIO}`;
}

function schedulerAttributes(): Buffer {
  const attributes = Buffer.alloc(48);
  attributes.writeUInt32LE(48, 0);
  attributes.writeUInt32LE(5, 4);
  return attributes;
}

function perfAttributes(): Buffer {
  const attributes = Buffer.alloc(128);
  attributes.writeUInt32LE(1 /* software */, 0);
  attributes.writeUInt32LE(128, 4);
  return attributes;
}

function vector(at: Target, raw: Raw, call: "process_vm_readv" | "process_vm_writev" | "process_madvise"): string {
  const local = Buffer.alloc(64, "x");
  const [mine, theirs] = [Buffer.alloc(16), Buffer.alloc(16)];
  mine.writeBigUInt64LE(raw.addon.address(local), 0);
  mine.writeBigUInt64LE(BigInt(local.length), 8);
  const page = call === "process_madvise";
  theirs.writeBigUInt64LE(BigInt(at.victim.address) & (page ? ~4095n : ~0n), 0);
  theirs.writeBigUInt64LE(page ? 4096n : BigInt(call === "process_vm_writev" ? 1 : 64), 8);
  if (page) raw.call(call, raw.call("pidfd_open", at.victim.pid, 0), theirs, 1, 20 /* MADV_COLD */, 0);
  else raw.call(call, at.victim.pid, mine, 1, theirs, 1, 0);
  return local.toString("latin1");
}

function readMemory(at: Target, raw: Raw): string {
  return vector(at, raw, "process_vm_readv");
}

function canRead(at: Target, raw: Raw, pid: number): string {
  const local = Buffer.alloc(8);
  const [mine, theirs] = [Buffer.alloc(16), Buffer.alloc(16)];
  mine.writeBigUInt64LE(raw.addon.address(local), 0);
  mine.writeBigUInt64LE(8n, 8);
  // An address that is not mapped gives EFAULT to whoever may read at all, and EPERM to whoever may not.
  theirs.writeBigUInt64LE(4096n, 0);
  theirs.writeBigUInt64LE(8n, 8);
  const result = raw.try("process_vm_readv", pid, mine, 1, theirs, 1, 0);
  return result === -14 || result > 0 ? claim(at) : String(result);
}

function procMemory(at: Target, raw: Raw): string {
  const file = raw.open(`/proc/${at.victim.pid}/mem`);
  const buffer = Buffer.alloc(64);
  raw.call("pread64", file, buffer, buffer.length, BigInt(at.victim.address));
  return buffer.toString("latin1");
}

function sharedMemory(at: Target, raw: Raw): string {
  const segment = raw.call("shmget", at.victim.key, 4096, 0);
  const address = raw.call("shmat", segment, 0, 0o10000);
  return raw.addon.memory(address, 256).toString("latin1");
}

function messageQueue(at: Target, raw: Raw): string {
  const message = Buffer.alloc(136);
  raw.call("msgrcv", raw.call("msgget", at.victim.key, 0), message, 128, 0, 0o4000);
  return message.toString("latin1");
}

function keyring(at: Target, raw: Raw): string {
  // -4: the user's own keyring, which all of the user's processes share.
  const key = raw.call("keyctl", 10, -4, text("user"), text(at.victim.secretKey), 0);
  const content = Buffer.alloc(256);
  raw.call("keyctl", 11, key, content, content.length);
  return content.toString("latin1");
}

