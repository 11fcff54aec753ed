// Runs the examples of all documents. A fence with a file's name is a file, a `console` fence is a session in their
// folder, an `sh` fence is commands, JSON is a manifest. A fence that nothing here runs is a failure.
import assert from "node:assert/strict";
import { existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeProject, root, runCordon, start, type Files } from "../../harness/index.ts";
import { commandsOf, documents, sections, type Fence, type Section } from "./documents.ts";
import { runCommands, runSession } from "./sessions.ts";

/** The project that a section speaks of without showing it. */
const PROJECTS: Readonly<Record<string, Files>> = {
  "README.md ## Try it": { "app.js": "console.log('hello');\n", "build.js": "console.log('built');\n", "package.json": { name: "shop", scripts: { build: "node build.js" } } },
  "docs/manifest.md ## Deny, flags, scripts": { "app.js": "console.log('hello');\n", "fixtures/one.txt": "1\n", "package.json": { name: "shop", cordon: { permissions: { env: ["APP_*"] } } } },
};

/** Examples that need more than a folder have tests of their own, which read these fences. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "examples/express-api/README.md": "test/examples/express-api.test.ts",
  "examples/hostile-dependency/README.md": "test/examples/hostile-dependency.test.ts",
  "docs/native-code.md": "test/install/native.test.ts",
};

for (const section of documents.flatMap(sections)) {
  const name = `${section.path}: ${section.title}`;
  if (section.path in ELSEWHERE) continue;
  const { fences } = section;
  if (fences.some(({ language }) => language === "console")) test(name, (t) => runSection(t, section));
  for (const { text } of fences.filter(({ language }) => language === "sh")) testCommands(name, section, text);
  for (const fence of fences.filter(({ language }) => language === "json")) test(`${name}: JSON`, () => void JSON.parse(fence.text));
  for (const fence of fences.filter((one) => one.language === "json" && (one.name === "manifest" || one.name === undefined))) test(`${name}: a manifest`, (t) => readManifest(t, fence));
}

function projectOf(t: TestContext, { path, title, fences }: Section): string {
  const files = fences.filter(({ name }) => name !== undefined && name !== "manifest").map(({ name, text }) => [name ?? "", text]);
  return makeProject(t, { ...PROJECTS[`${path} ${title}`], ...Object.fromEntries(files) }).folder;
}

/** All files of a section are there before its first session. */
function runSection(t: TestContext, section: Section): void {
  const folder = projectOf(t, section);
  for (const fence of section.fences.filter(({ language }) => language === "console")) runSession(folder, fence.text);
}

/** Commands of cordon are run; those of this repository, which would run this very test, are looked up. */
function testCommands(name: string, section: Section, text: string): void {
  const [own, others] = [commandsOf(text).filter((line) => !line.startsWith("cordon ")), commandsOf(text).filter((line) => line.startsWith("cordon "))];
  for (const line of own) test(`${name}: ${line}`, () => repositoryCommand(line));
  if (others.length > 0) test(`${name}: commands`, (t) => runCommands(projectOf(t, section), others));
}

function repositoryCommand(line: string): void {
  const [, script, run] = /^npm (?:run (\S+)|(test))/.exec(line) ?? [];
  if (script !== undefined || run !== undefined) {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const text = scripts[script ?? run ?? ""];
    assert.ok(text !== undefined, `${line}: package.json has no such script`);
    for (const [file] of text.matchAll(/\b[\w/-]+\.(?:ts|sh)\b/g)) assert.ok(existsSync(join(root, file)), `${line}: ${file} is not there`);
    return;
  }
  const [, tool] = /^node_modules\/\.bin\/node (scripts\/costs\.ts)$/.exec(line) ?? [];
  if (tool !== undefined) return assert.ok(existsSync(join(root, tool)), `${line}: ${tool} is not there`);
  const folders = /^node_modules\/\.bin\/node scripts\/test\.ts (.+)$/.exec(line)?.[1]?.split(" ");
  assert.ok(folders !== undefined, `${line}: no test knows how to run it`);
  for (const folder of folders) assert.ok(globSync(`test/${folder}/**/*.test.ts`, { cwd: root }).length > 0, `${line}: test/${folder} holds no tests`);
}

test("npm run demo", async () => {
  const ended = await start(process.execPath, [join(root, "scripts/demo.ts")]).ended;
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  assert.match(ended.stdout, /0 of \d+ in cordon; the report is the same/);
});

/** `cordon permissions` understands it, in a project that has what it names; the document's manifest is a `cordon` key or a package.json. */
async function readManifest(t: TestContext, { name, text }: Fence): Promise<void> {
  const project = makeProject(t, { "package.json": name === "manifest" ? `{ "name": "x", "cordon": ${text} }` : text, "app.js": "", "data/x": "" });
  mkdirSync(project.path("uploads"));
  const shown = await runCordon(["permissions", "--json", "app.js"], { cwd: project.folder });
  assert.equal(shown.code, 0, shown.stderr);
  const policy = JSON.stringify(JSON.parse(shown.stdout));
  const grants = [...text.matchAll(/"(?:net|env)": \[([^\]]*)\]/g)].flatMap(([, list = ""]) => JSON.parse(`[${list}]`) as string[]);
  assert.ok(grants.length > 0);
  for (const grant of grants) assert.ok(policy.includes(grant.replace(/^private:/, "")), `${grant} is not in ${policy}`);
}

test("every fence is run by something", () => {
  for (const { path, title, fences } of documents.flatMap(sections)) {
    const hasSession = fences.some(({ language }) => language === "console" || language === "sh");
    for (const { language, name } of fences) {
      const known = ["console", "sh", "json"].includes(language) || (name !== undefined && hasSession);
      assert.ok(known, `${path}: ${title}: nothing runs the fence "${language}"`);
    }
  }
  for (const [path, file] of Object.entries(ELSEWHERE)) assert.ok(readFileSync(join(root, file), "utf8").includes(path), `${file} does not read ${path}`);
});

test("links between documents lead to files that are there", () => {
  for (const { path, text } of documents) {
    for (const [, target = ""] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^https?:/.test(target)) continue;
      const there = globSync(join(root, path, "..", target)).length > 0;
      assert.ok(there, `${path} links to ${target}, which is not there`);
    }
  }
});
