// Runs the examples of README.md and docs/. A fence with a file's name is a file, a `console` fence is a session in
// their folder; each heading of the second level starts with an empty folder. `…` stands for any text.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeProject, root, runCordon } from "../harness/index.ts";

type Fence = { language: string; name: string | undefined; text: string };
type Section = { title: string; fences: Fence[] };

function sections(markdown: string): Section[] {
  const found: Section[] = [];
  for (const part of markdown.split(/^(?=## )/m)) {
    const fences = [...part.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)];
    found.push({ title: part.split("\n", 1)[0] ?? "", fences: fences.map(([, language = "", name, text = ""]) => ({ language, name, text })) });
  }
  return found;
}

const documents = ["README.md", "SECURITY.md", ...globSync("docs/*.md", { cwd: root })].map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

for (const { path, text } of documents) {
  for (const { title, fences } of sections(text)) {
    const sessions = fences.filter((fence) => fence.language === "console" && fence.text.includes("\n$ ") === false ? fence.text.split("\n").length > 2 : fence.language === "console");
    if (sessions.length > 0 && path !== "README.md") test(`${path}: ${title}`, (t) => runSection(t, fences));
    for (const fence of fences.filter(({ language }) => language === "json")) test(`${path}: ${title}: JSON`, () => void JSON.parse(fence.text));
    for (const fence of fences.filter(({ name }) => name === "manifest")) test(`${path}: ${title}: a manifest`, (t) => readManifest(t, fence.text));
  }
}

/** All files of a section are there before its first session. */
function runSection(t: TestContext, fences: readonly Fence[]): void {
  const files = fences.filter((fence) => fence.name !== undefined && fence.name !== "manifest").map((fence) => [fence.name ?? "", fence.text]);
  const project = makeProject(t, Object.fromEntries(files));
  for (const fence of fences.filter(({ language }) => language === "console")) runSession(project.folder, fence.text);
}

/** One shell for a fence, so that `$?` is the last command's; each command's output is compared without its order. */
function runSession(folder: string, session: string): void {
  const steps = session.split(/^\$ /m).slice(1).map((step) => ({ command: step.split("\n", 1)[0] ?? "", expected: step.split("\n").slice(1) }));
  const mark = "=====";
  const script = steps.map(({ command }) => `${command} 2>&1`).join(`; code=$?; echo; echo ${mark}; (exit $code); `);
  const ended = spawnSync("bash", ["-c", script], { cwd: folder, encoding: "utf8", timeout: 60_000, env: { PATH: `${root}/bin:${process.env["PATH"] ?? ""}`, HOME: "/nonexistent" } });
  const outputs = ended.stdout.split(`\n${mark}\n`);
  for (const [index, { command, expected }] of steps.entries()) compare(command, outputs[index] ?? "", expected);
}

function compare(command: string, output: string, expected: readonly string[]): void {
  const meaningful = (line: string): boolean => line.trim() !== "";
  const anything = expected.includes("…");
  const patterns = expected.filter((line) => meaningful(line) && line !== "…").map((line) => new RegExp(`^${line.split("…").map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&")).join(".*")}$`));
  const lines = output.split("\n").filter(meaningful);
  for (const pattern of patterns) assert.ok(lines.some((line) => pattern.test(line)), `${command}: no line matches ${pattern}, there is\n${output}`);
  if (!anything) for (const line of lines) assert.ok(patterns.some((pattern) => pattern.test(line)), `${command}: prints what is not in the document:\n${line}`);
}

/** `cordon permissions` understands it, in a project that has what it names. */
async function readManifest(t: TestContext, text: string): Promise<void> {
  const project = makeProject(t, { "package.json": `{ "name": "x", "cordon": ${text} }`, "app.js": "", "data/x": "" });
  mkdirSync(project.path("uploads"));
  const shown = await runCordon(["permissions", "--json", "app.js"], { cwd: project.folder });
  assert.equal(shown.code, 0, shown.stderr);
  const policy = JSON.stringify(JSON.parse(shown.stdout));
  for (const grant of ["api.stripe.com:443", "DATABASE_URL", "internal.example.org"]) assert.ok(policy.includes(grant), `${grant} is not in ${policy}`);
}

test("links between documents lead to files that are there", () => {
  const all = [...documents, ...["ARCHITECTURE.md", "CONTRIBUTING.md", "ROADMAP.md", ...globSync("docs/decisions/*.md", { cwd: root })].map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))];
  for (const { path, text } of all) {
    for (const [, target = ""] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^https?:/.test(target)) continue;
      const there = globSync(join(root, path, "..", target)).length > 0;
      assert.ok(there, `${path} links to ${target}, which is not there; ${basename(target)}`);
    }
  }
});
