// Runs what has to notice a broken promise, and reads which of it did.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Proof } from "./mutation.ts";

/** Of the names of a proof: what ran, and what of it failed. */
export type Seen = { readonly ran: ReadonlySet<string>; readonly failed: ReadonlySet<string>; readonly output: string };

/** Milliseconds: what a broken jail lets hang is ended. */
const PATIENCE = 150_000;
/** The compiler's time is in it. */
const PATIENCE_WITH_CARGO = 900_000;

export function see(folder: string, proof: Proof): Seen {
  switch (proof.kind) {
    case "attacks":
      return seeAttacks(folder, proof.cell, proof.names);
    case "tests":
      return seeTests(folder, proof.file, proof.names);
    case "crate":
      return seeCrate(folder, proof.crate, proof.target, proof.names);
  }
}

function seeAttacks(folder: string, cell: string, names: readonly string[]): Seen {
  const args = ["--no-warnings", "test/attacks/run.ts", "--all", `--cells=^${escaped(cell)}$`, `--filter=^(${names.map(escaped).join("|")})$`];
  const output = start(process.execPath, args, folder);
  const ran = new Set(names.filter((name) => new RegExp(`^${escaped(name)} +\\d+ +[1-9]`, "m").test(output)));
  const failed = new Set(names.filter((name) => output.includes(`\nLEAK ${name}: `)));
  return { ran, failed, output };
}

function seeTests(folder: string, file: string, names: readonly string[]): Seen {
  const place = mkdtempSync(join(tmpdir(), "broken-"));
  const record = join(place, "tap");
  const patterns = names.map((name) => `--test-name-pattern=${escaped(name)}`);
  const reporters = ["--test-reporter=tap", `--test-reporter-destination=${record}`, "--test-reporter=spec", "--test-reporter-destination=stdout"];
  const output = start(process.execPath, ["--test", "--test-timeout=30000", ...patterns, ...reporters, file], folder);
  const tap = readFileSync(record, "utf8");
  rmSync(place, { recursive: true });
  const lines = [...tap.matchAll(/^ *(ok|not ok) \d+ - (.*)$/gm)].filter(([, , text]) => !/ # (SKIP|TODO)/.test(text ?? ""));
  const has = (word: RegExp, name: string): boolean => lines.some(([, state = "", text = ""]) => word.test(state) && text.replaceAll("\\", "") === name);
  return { ran: new Set(names.filter((name) => has(/ok/, name))), failed: new Set(names.filter((name) => has(/^not/, name))), output };
}

function seeCrate(folder: string, crate: string, target: string, names: readonly string[]): Seen {
  const which = target === "lib" ? ["--lib"] : ["--test", target];
  const output = start("cargo", ["test", "--quiet", "--locked", "--manifest-path", `${crate}/Cargo.toml`, ...which, "--", "--format=pretty", ...names], folder, PATIENCE_WITH_CARGO);
  const has = (state: string, name: string): boolean => new RegExp(`^test (\\S+::)?${escaped(name)} \\.\\.\\. ${state}`, "m").test(output);
  return { ran: new Set(names.filter((name) => has("(ok|FAILED)", name))), failed: new Set(names.filter((name) => has("FAILED", name))), output };
}

function start(command: string, args: readonly string[], cwd: string, timeout: number = PATIENCE): string {
  const ended = spawnSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 << 20, timeout, killSignal: "SIGTERM" });
  return `${ended.stdout ?? ""}${ended.stderr ?? ""}${ended.error?.message ?? ""}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
