// Docker's default seccomp profile for a container without added privileges, as a seccomp filter.
// Facts: https://docs.docker.com/engine/security/seccomp/ and moby's profile of 2026, x86_64, no capability beyond
// Docker's own set; everything that the profile does not name gets EPERM.
import { writeFileSync } from "node:fs";

/** What a container's root keeps: Docker's default capabilities. */
export const DOCKER_CAPABILITIES = "a80425fb";

/** Known calls that the profile does not allow. Later ones are refused by their number. */
const REFUSED: readonly string[] = [
  "_sysctl", "acct", "add_key", "bpf", "clock_settime", "create_module", "delete_module", "fanotify_init", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick",
  "get_kernel_syms", "get_mempolicy", "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl",
  "lookup_dcookie", "mbind", "migrate_pages", "mount", "mount_setattr", "move_mount", "move_pages", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "pidfd_getfd",
  "pivot_root", "process_madvise", "query_module", "quotactl", "quotactl_fd", "reboot", "request_key", "set_mempolicy", "set_mempolicy_home_node", "setdomainname", "sethostname", "setns",
  "settimeofday", "swapoff", "swapon", "sysfs", "syslog", "umount2", "unshare", "uselib", "userfaultfd", "ustat", "vhangup",
];
const NEWEST_KNOWN = 466;

const [LOAD, EQUAL, GREATER, ANY_BIT, RETURN] = [0x20, 0x15, 0x25, 0x45, 0x06] as const;
const [NUMBER, ARCHITECTURE, FIRST_ARGUMENT] = [0, 4, 16] as const;
const [ALLOW, EPERM, ENOSYS, KILL] = [0x7fff0000, 0x00050001, 0x00050026, 0x80000000] as const;
const X86_64 = 0xc000003e;
const NEW_NAMESPACES = 0x7e020000;
const VSOCK = 40;
const LISTENER_FLAG = 8;

type Step = readonly [code: number, ifTrue: number, ifFalse: number, value: number];
export type Numbers = Readonly<Record<string, number>>;

/** Writes the filter to `path`. */
export function dockerFilter(path: string, numbers: Numbers): void {
  const refused = REFUSED.flatMap((name) => numbers[name] ?? []);
  write(path, [
    ...sameArchitecture(),
    [LOAD, 0, 0, NUMBER],
    ...refused.flatMap((number): Step[] => [[EQUAL, 0, 1, number], [RETURN, 0, 0, EPERM]]),
    [EQUAL, 0, 1, numbers["clone3"] ?? 435],
    [RETURN, 0, 0, ENOSYS],
    [EQUAL, 0, 4, numbers["clone"] ?? 56],
    [LOAD, 0, 0, FIRST_ARGUMENT],
    [ANY_BIT, 0, 1, NEW_NAMESPACES],
    [RETURN, 0, 0, EPERM],
    [RETURN, 0, 0, ALLOW],
    [EQUAL, 0, 4, numbers["socket"] ?? 41],
    [LOAD, 0, 0, FIRST_ARGUMENT],
    [EQUAL, 0, 1, VSOCK],
    [RETURN, 0, 0, EPERM],
    [RETURN, 0, 0, ALLOW],
    [GREATER, 0, 1, Math.max(NEWEST_KNOWN, 0)],
    [RETURN, 0, 0, EPERM],
    [RETURN, 0, 0, ALLOW],
  ]);
}

/** Writes a filter that answers each of `calls` with an errno, as an older kernel or a stricter container does. */
export function refusingFilter(path: string, numbers: Numbers, calls: readonly string[], errno: "EPERM" | "ENOSYS"): void {
  const refused = calls.flatMap((name) => numbers[name] ?? []);
  write(path, [[LOAD, 0, 0, NUMBER], ...refused.flatMap((number): Step[] => [[EQUAL, 0, 1, number], [RETURN, 0, 0, errno === "EPERM" ? EPERM : ENOSYS]]), [RETURN, 0, 0, ALLOW]]);
}

/** Writes a filter under which no seccomp listener can be made. */
export function withoutNotifications(path: string, numbers: Numbers): void {
  const secondArgument = FIRST_ARGUMENT + 8;
  write(path, [[LOAD, 0, 0, NUMBER], [EQUAL, 0, 3, numbers["seccomp"] ?? 317], [LOAD, 0, 0, secondArgument], [ANY_BIT, 0, 1, LISTENER_FLAG], [RETURN, 0, 0, 0x00050016 /* EINVAL */], [RETURN, 0, 0, ALLOW]]);
}

function sameArchitecture(): Step[] {
  return [[LOAD, 0, 0, ARCHITECTURE], [EQUAL, 1, 0, X86_64], [RETURN, 0, 0, KILL]];
}

/** `struct sock_filter` after `struct sock_filter` (linux/filter.h). */
function write(path: string, steps: readonly Step[]): void {
  const bytes = Buffer.alloc(steps.length * 8);
  for (const [index, [code, ifTrue, ifFalse, value]] of steps.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  writeFileSync(path, bytes);
}
