// The steps of `npm test`: each starts one tool and counts what it says.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Group } from "./groups.ts";

/** How many tests passed and failed; `failures` name them. */
export type Count = { passed: number; failed: number; failures: string[] };

export const NOTHING: Count = { passed: 0, failed: 0, failures: [] };

export function add(one: Count, other: Count): Count {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed, failures: [...one.failures, ...other.failures] };
}

/** scripts/check.ts, as one test for each of its checks. */
export function runChecks(root: string): Count {
  const ended = spawnSync(process.execPath, ["scripts/check.ts"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 64 << 20 });
  process.stdout.write(ended.stdout);
  const totals = /^(\d+) checks passed, (\d+) failed$/m.exec(ended.stdout);
  if (totals === null) return { passed: 0, failed: 1, failures: ["scripts/check.ts ended before its last line"] };
  const failures = [...ended.stdout.matchAll(/^failed (.*)$/gm)].map((match) => `check: ${match[1] ?? ""}`);
  return { passed: Number(totals[1]), failed: Number(totals[2]), failures };
}

/** The unit tests of one crate, `launcher` or `installer`, and those of its tests/. */
export async function runCargo(root: string, crate: string): Promise<Count> {
  const { output, code } = await shown("cargo", ["test", "--locked", "--no-fail-fast", "--manifest-path", join(crate, "Cargo.toml")], root);
  const results = [...output.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed/gm)];
  const failures = [...new Set([...output.matchAll(/^test (.*) \.\.\. FAILED$/gm)].map((match) => `${crate}: ${match[1] ?? ""}`))];
  const count = { passed: sum(results, 1), failed: sum(results, 2), failures };
  const silent = code !== 0 && count.failed === 0;
  return silent ? add(count, { passed: 0, failed: 1, failures: [`cargo test: exit code ${String(code)}`] }) : count;
}

/** One group of files, by the engine's own test runner. */
export async function runGroup(root: string, group: Group): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), "cordon-test-"));
  const record = join(folder, "tap");
  const args = ["--test", `--test-concurrency=${group.together}`, "--test-timeout=600000", "--test-reporter=spec", "--test-reporter-destination=stdout"];
  const { code } = await shown(process.execPath, [...args, "--test-reporter=tap", `--test-reporter-destination=${record}`, ...group.files], root);
  const count = readTap(readFileSync(record, "utf8"), group.name);
  rmSync(folder, { recursive: true });
  const silent = code !== 0 && count.failed === 0;
  return silent ? add(count, { passed: 0, failed: 1, failures: [`${group.name}: exit code ${String(code)}`] }) : count;
}

function readTap(tap: string, name: string): Count {
  const total = (word: string): number => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
  const failures = [...tap.matchAll(/^ *not ok \d+ - (.*)$/gm)].map((match) => `${name}: ${match[1] ?? ""}`);
  return { passed: total("pass"), failed: total("fail") + total("cancelled") + total("skipped") + total("todo"), failures };
}

function shown(command: string, args: readonly string[], cwd: string): Promise<{ output: string; code: number | null }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ output: string; code: number | null }>();
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  child.on("error", reject).on("close", (code) => resolve({ output, code }));
  return promise;
}

function sum(results: readonly RegExpExecArray[], field: number): number {
  return results.reduce((total, result) => total + Number(result[field]), 0);
}
