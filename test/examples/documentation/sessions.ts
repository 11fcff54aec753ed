// Sessions of `console` fences, run by a shell in the folder of their section's files. `…` stands for any text.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { root } from "../../harness/index.ts";

const MARK = "=====";

type Step = { readonly command: string; readonly expected: readonly string[] };

/** One shell for a fence, so that `$?` is the last command's; each command's output is compared without its order. */
export function runSession(folder: string, session: string): void {
  const steps = session.split(/^\$ /m).slice(1).map((step) => ({ command: step.split("\n", 1)[0] ?? "", expected: step.split("\n").slice(1) }));
  const outcomes = run(folder, steps.map(({ command }) => command));
  // A fence that shows no output at all says what each command is for: then they have to work, whatever they print.
  const isList = steps.every(({ expected }) => expected.join("").trim() === "");
  for (const [index, step] of steps.entries()) {
    const { output = "", code } = outcomes[index] ?? {};
    if (isList) assert.equal(code, 0, `${step.command}: exit code ${code}\n${output}`);
    else compare(step, output);
  }
}

/** Commands that have to work, one after the other. */
export function runCommands(folder: string, commands: readonly string[]): void {
  for (const [index, { output, code }] of run(folder, commands).entries()) assert.equal(code, 0, `${commands[index]}: exit code ${code}\n${output}`);
}

function run(folder: string, commands: readonly string[]): { output: string; code: number }[] {
  const script = commands.map((command) => `{ ${command}\n} 2>&1; code=$?; echo; echo "${MARK}$code"; (exit $code)`).join("\n");
  const env = { PATH: `${root}/bin:${process.env["PATH"] ?? ""}`, HOME: "/nonexistent", ...(process.env["TMPDIR"] === undefined ? {} : { TMPDIR: process.env["TMPDIR"] }) };
  const ended = spawnSync("bash", ["-c", script], { cwd: folder, encoding: "utf8", timeout: 120_000, env });
  const parts = ended.stdout.split(new RegExp(`\n${MARK}(\\d+)\n`));
  return commands.map((_, index) => ({ output: parts[index * 2] ?? "", code: Number(parts[index * 2 + 1] ?? -1) }));
}

function compare({ command, expected }: Step, output: string): void {
  const meaningful = (line: string): boolean => line.trim() !== "";
  const anything = expected.includes("…");
  const patterns = expected.filter((line) => meaningful(line) && line !== "…").map((line) => new RegExp(`^${line.split("…").map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&")).join(".*")}$`));
  const lines = output.split("\n").filter(meaningful);
  for (const pattern of patterns) assert.ok(lines.some((line) => pattern.test(line)), `${command}: no line matches ${pattern}, there is\n${output}`);
  if (!anything) for (const line of lines) assert.ok(patterns.some((pattern) => pattern.test(line)), `${command}: prints what is not in the document:\n${line}`);
}
