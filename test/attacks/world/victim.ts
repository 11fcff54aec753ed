// A process outside the jail, and what happened to it.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { getPriority } from "node:os";
import type { Victim } from "../inside/attack.ts";
import type { Raw } from "../inside/raw.ts";

export class GuardedVictim {
  readonly told: Victim;
  readonly #child: ChildProcess;
  readonly #raw: Raw;
  readonly #before: string;
  #said = "";

  private constructor(child: ChildProcess, told: Victim, raw: Raw) {
    this.#child = child;
    this.told = told;
    this.#raw = raw;
    this.#before = this.#state();
    child.stdout?.on("data", (bytes) => (this.#said += String(bytes)));
  }

  static async start(program: string, secret: string, key: number, user: { uid: number; gid: number }, raw: Raw): Promise<GuardedVictim> {
    const child = spawn(program, [secret, String(key)], { stdio: ["pipe", "pipe", "inherit"], detached: true, env: { VICTIM: secret }, ...(user.uid === 0 ? {} : user) });
    const [line] = await once(child.stdout, "data");
    const [, address = "", descriptor = ""] = String(line).trim().split(" ");
    return new GuardedVictim(child, { pid: child.pid ?? 0, address, descriptor: Number(descriptor), key, secretKey: `cordon-${key}` }, raw);
  }

  /** What was done to it: "" for nothing. Ends it. */
  async harm(): Promise<string> {
    const dead = this.#child.exitCode ?? this.#child.signalCode;
    if (dead !== null) return `ended with ${dead}`;
    const state = this.#state();
    const ended = once(this.#child, "close");
    this.#child.kill("SIGCONT");
    this.#child.stdin?.end();
    // The battery's own SIGCONT is no harm.
    await ended;
    const signals = [...this.#said.matchAll(/signal (\d+)/g)].map((match) => match[1]).filter((signal) => signal !== "18");
    const semaphore = /semaphore (\d+)/.exec(this.#said)?.[1] ?? "0";
    return [state === this.#before ? "" : `${this.#before} became ${state}`, signals.length > 0 ? `signals ${signals.join()}` : "", semaphore === "0" ? "" : `semaphore ${semaphore}`].filter((text) => text !== "").join("; ");
  }

  #state(): string {
    const status = readFileSync(`/proc/${this.told.pid}/status`, "utf8");
    const line = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
    const limits = readFileSync(`/proc/${this.told.pid}/limits`, "utf8");
    const policy = this.#raw.try("sched_getscheduler", this.told.pid);
    const io = this.#raw.try("ioprio_get", 1, this.told.pid);
    return [line("State").includes("stopped") ? "stopped" : "running", getPriority(this.told.pid), line("Cpus_allowed_list"), /Max open files.*/.exec(limits)?.[0], policy, io].join(" | ");
  }
}
