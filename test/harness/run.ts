// Starts programs, cordon above all, and gathers what came out.
import { type ChildProcess, spawn } from "node:child_process";
import { cordon, engine, settingFlags } from "./place.ts";
import { asOrdinary, ordinaryInstallation } from "./user.ts";

export type Outcome = {
  /** Null where a signal ended the program. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunOptions = {
  cwd?: string;
  /** Variables beside those of `plainEnvironment`; undefined takes one away. */
  env?: Record<string, string | undefined>;
  /** What stdin brings before it ends; without it stdin is /dev/null. */
  input?: string | Uint8Array;
  /** Stdin is a pipe that stays open, for the caller to write to. */
  interactive?: boolean;
  /** Milliseconds until the program is killed and the run fails. */
  timeout?: number;
  as?: "self" | "ordinary";
};

/** Slow machines get time: this is how long a test waits before it calls something hung. */
export const patience = 60_000;

/** A small environment that is the same everywhere. */
export function plainEnvironment(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: "/nonexistent", LANG: "C.UTF-8", TZ: "UTC", CORDON_TRUST: "" };
}

/** Runs `cordon run` with `args`: flags, entry, arguments. */
export function cordonRun(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return startCordon(["run", ...settingFlags, ...args], options).ended;
}

/** Runs cordon with any arguments. */
export function runCordon(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return startCordon(args, options).ended;
}

/** Runs the bare engine. */
export function engineRun(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const program = options.as === "ordinary" ? ordinaryInstallation().engine : engine;
  return start(program, args, options).ended;
}

export type Running = {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** What was printed until now. */
  readonly output: { stdout: string; stderr: string };
  /** Settles when stdout contains `text`; fails when the program ends first. */
  prints(text: string | RegExp): Promise<void>;
};

export function startCordon(args: readonly string[], options: RunOptions = {}): Running {
  const program = options.as === "ordinary" ? ordinaryInstallation().cordon : cordon;
  return start(program, args, options);
}

/** Starts any program in a process group of its own. */
export function start(program: string, args: readonly string[], options: RunOptions = {}): Running {
  const { command, args: all } = options.as === "ordinary" ? asOrdinary(program, args) : { command: program, args: [...args] };
  const env = { ...plainEnvironment(), ...options.env };
  const stdin = options.input === undefined && options.interactive !== true ? "ignore" : "pipe";
  const child = spawn(command, all, { cwd: options.cwd, env, stdio: [stdin, "pipe", "pipe"], detached: true, ...(program === engine ? { argv0: "node" } : {}) });
  child.stdin?.on("error", () => {}); // A program may end without reading its input.
  if (options.input !== undefined) child.stdin?.end(options.input);
  return follow(child, `${program} ${args.join(" ")}`, options.timeout ?? patience);
}

function follow(child: ChildProcess, title: string, timeout: number): Running {
  const output = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  let over = false;
  const gather = (stream: "stdout" | "stderr"): void => {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
      for (const listener of listeners) listener();
    });
  };
  gather("stdout");
  gather("stderr");
  const ended = new Promise<Outcome>((resolve, reject) => {
    const timer = setTimeout(() => {
      killGroup(child);
      reject(new Error(`${title} did not end within ${timeout} ms\nstdout: ${output.stdout}\nstderr: ${output.stderr}`));
    }, timeout);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      over = true;
      for (const listener of listeners) listener();
      resolve({ code, signal, ...output });
    });
  });
  ended.catch(() => {}); // Whoever awaits it hears of it; nobody has to.
  const prints = (text: string | RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = typeof text === "string" ? output.stdout.includes(text) : text.test(output.stdout);
        if (!found && !over) return;
        listeners.delete(look);
        if (found) resolve();
        else reject(new Error(`${title} ended without printing ${text}\nstdout: ${output.stdout}\nstderr: ${output.stderr}`));
      };
      listeners.add(look);
      look();
    });
  return { child, ended, output, prints };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}
