// Checks what no compiler checks, then runs the compilers' and linters' own checks. `npm run check`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, sourceFiles, type Finding, type SourceFile } from "./check/files.ts";
import { lengthReport } from "./check/lengths.ts";
import { rustImports } from "./check/rust-imports.ts";
import { lockFilesNameNoHost, noMachineNames, noSilencedChecks, unsafeOnlyInSys } from "./check/text-rules.ts";
import { typescriptImports } from "./check/typescript-imports.ts";

type Rule = { name: string; check: (files: readonly SourceFile[]) => Finding[] };

const RULES: readonly Rule[] = [
  { name: "who may import whom, Rust", check: rustImports },
  { name: "who may import whom, TypeScript", check: typescriptImports },
  { name: "unsafe code only in launcher/src/sys", check: unsafeOnlyInSys },
  { name: "no names of this machine", check: noMachineNames },
  { name: "lock files without addresses", check: lockFilesNameNoHost },
  { name: "no silenced checks", check: noSilencedChecks },
];

type Tool = { name: string; command: string; args: string[] };

const CRATES = ["launcher", "installer"];
const TOOLS: readonly Tool[] = [
  { name: "the table of commands", command: "node_modules/.bin/node", args: ["scripts/command-table.ts", "--check"] },
  { name: "oxlint", command: "node_modules/.bin/oxlint", args: ["--deny-warnings"] },
  { name: "tsc", command: "node_modules/.bin/tsc", args: ["--noEmit"] },
  ...CRATES.flatMap((crate) => cargo(crate, join(crate, "Cargo.toml"))),
];

function cargo(crate: string, manifest: string): Tool[] {
  const clippy = ["clippy", "--locked", "--manifest-path", manifest, "--all-targets", "--quiet", "--", "-D", "warnings"];
  return [
    { name: `cargo fmt, ${crate}`, command: "cargo", args: ["fmt", "--manifest-path", manifest, "--check"] },
    { name: `cargo clippy, ${crate}`, command: "cargo", args: clippy },
  ];
}

function runRule(rule: Rule, files: readonly SourceFile[]): boolean {
  const findings = rule.check(files);
  console.log(`${findings.length === 0 ? "ok    " : "failed"} ${rule.name}`);
  for (const finding of findings) console.log(`       ${finding.place}: ${finding.problem}`);
  return findings.length === 0;
}

function runTool(tool: Tool): boolean {
  const command = tool.command.includes("/") ? join(root, tool.command) : tool.command;
  const ended = spawnSync(command, tool.args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 << 20 });
  const fine = ended.status === 0;
  console.log(`${fine ? "ok    " : "failed"} ${tool.name}`);
  if (!fine) console.log(ended.error === undefined ? `${ended.stdout}${ended.stderr}` : `cannot start ${command}: ${ended.error.message}`);
  return fine;
}

const files = sourceFiles();
const results = [...RULES.map((rule) => runRule(rule, files)), ...TOOLS.map(runTool)];
for (const line of lengthReport(files)) console.log(line);
const failed = results.filter((fine) => !fine).length;
console.log(`${results.length - failed} checks passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
