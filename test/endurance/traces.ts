// What runs may leave behind: processes, files, mounts, descriptors, memory that outlives its maker.
import { globSync, readdirSync, readFileSync } from "node:fs";

export type Traces = {
  readonly files: readonly string[];
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly shared: readonly string[];
  readonly groups: readonly string[];
  /** Descriptors of this process. */
  readonly descriptors: number;
};

/** `temporary` is the TMPDIR that the runs had; `mark` is in the command line of everything that they started. */
export function traces(temporary: string, mark: string): Traces {
  return {
    files: readdirSync(temporary, { recursive: true, encoding: "utf8" }),
    processes: processesWith(mark),
    mounts: lines("/proc/self/mountinfo").filter((line) => line.includes(temporary) || line.includes(mark)),
    shared: [...lines("/proc/sysvipc/shm").slice(1), ...lines("/proc/sysvipc/sem").slice(1), ...globSync("/dev/shm/*cordon*")],
    groups: globSync("/sys/fs/cgroup/**/*cordon*"),
    descriptors: readdirSync("/proc/self/fd").length,
  };
}

/** Processes, dead ones aside, whose command line contains `mark`, as `pid command`. */
export function processesWith(mark: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const command = lines(`/proc/${pid}/cmdline`).join(" ").replaceAll("\0", " ");
      return command.includes(mark) ? [`${pid} ${command}`] : [];
    });
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").filter((line) => line !== "");
  } catch {
    return []; // A process that has ended meanwhile, or a kernel without System V IPC.
  }
}
