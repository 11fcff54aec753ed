// `npm run test:learn [-- name…]`: learning is complete and minimal on real tools. A run of all of them writes its result
// into docs/learn.md.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cordon, engine, type Files, makeLooseProject, root } from "../harness/index.ts";
import type { Case } from "../frameworks/cases.ts";
import { drive, withoutTimes } from "../frameworks/drive.ts";
import { copyAgain, type Permissions, prove, type Subject } from "./proof.ts";
import { type Tool, tools } from "./tools.ts";

const frameworks = join(import.meta.dirname, "../frameworks");
/** Tools look for their packages beside and above themselves: a copy of the workspace, so that nothing is left in it. */
const workspace = makeLooseProject({ "package.json": readFileSync(join(frameworks, "package.json")) });
process.on("exit", () => workspace.remove());

type Row = { name: string; permissions: Permissions; grants: number; seconds: number };

function install(): void {
  const installed = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"], { cwd: frameworks, stdio: ["ignore", "ignore", "inherit"] });
  if (installed.status !== 0) throw new Error("Cannot install test/frameworks/package.json");
  const linked = spawnSync("cp", ["--archive", "--link", join(frameworks, "node_modules"), workspace.folder], { stdio: "ignore" });
  if (linked.status !== 0) cpSync(join(frameworks, "node_modules"), workspace.path("node_modules"), { recursive: true, verbatimSymlinks: true });
}

/** The tool's files as they are before it ran for the first time, without a grant. */
async function prepare(tool: Tool): Promise<string> {
  const pristine = workspace.path("pristine", tool.name.replaceAll(" ", "-"));
  mkdirSync(pristine, { recursive: true });
  if (typeof tool.project === "string") {
    const outputs = (tool.one.out ?? []).map((name) => join(frameworks, "fixtures", String(tool.project), name));
    cpSync(join(frameworks, "fixtures", tool.project), pristine, { recursive: true, filter: (path) => !outputs.includes(path) });
  } else {
    write(pristine, tool.project);
  }
  for (const name of tool.holds ?? []) mkdirSync(join(pristine, name));
  const file = join(pristine, "package.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), cordon: { permissions: {} } }, null, 2));
  if (tool.first !== undefined) await buildFirst(pristine, tool.first);
  return pristine;
}

function write(folder: string, files: Files): void {
  const project = makeLooseProject(files);
  cpSync(project.folder, folder, { recursive: true });
  project.remove();
}

/** In the place where it will run: builds hold absolute paths. */
async function buildFirst(pristine: string, one: Case): Promise<void> {
  const folder = place();
  copyAgain(pristine, folder);
  const { outcome } = await drive(engine, one.words, folder, one);
  if (outcome.code !== 0) throw new Error(`The build before it failed\n${outcome.stdout}${outcome.stderr}`);
  cpSync(folder, pristine, { recursive: true });
}

function place(): string {
  const folder = workspace.path("fixtures/learned");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function subject(tool: Tool): Promise<Subject> {
  const pristine = await prepare(tool);
  const folder = place();
  const words = tool.one.script === undefined ? tool.one.words : [tool.one.script];
  return {
    folder,
    needs: tool.needs,
    reset: () => copyAgain(pristine, folder),
    async run(own) {
      try {
        const { outcome, answers, made } = await drive(cordon, [...own, ...words], folder, tool.one);
        const printed = tool.one.requests === undefined && tool.one.prints !== "times" ? withoutTimes(outcome.stdout) : "";
        return { ...outcome, did: JSON.stringify([answers, made, printed]) };
      } catch (error) {
        // A server that never came up.
        return { code: null, signal: null, stdout: "", stderr: String(error), did: "nothing" };
      }
    },
  };
}

async function examine(name: string, make: () => Subject | Promise<Subject>): Promise<Row | undefined> {
  const started = performance.now();
  try {
    const { permissions, grants } = await prove(await make());
    const seconds = (performance.now() - started) / 1000;
    console.log(`ok     ${name}: ${grants} grants, ${seconds.toFixed(1)} s\n       ${JSON.stringify(permissions)}`);
    return { name, permissions, grants, seconds };
  } catch (error) {
    console.log(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function table(rows: readonly Row[]): string {
  const texts = ({ permissions }: Row): string => Object.entries(permissions).map(([name, list]) => `${name} ${list.map((one) => `\`${one}\``).join(", ")}`).join("; ");
  const lines = rows.map((row) => `| ${row.name} | ${row.grants === 0 ? "nothing" : texts(row)} |`);
  return ["| program | what was learned |", "|---|---|", ...lines].join("\n");
}

function publish(rows: readonly Row[]): void {
  const file = join(root, "docs/learn.md");
  const [before = "", after = ""] = readFileSync(file, "utf8").split(/<!-- learned -->[^]*<!-- end -->/);
  writeFileSync(file, `${before}<!-- learned -->\n${table(rows)}\n<!-- end -->${after}`);
}

const wanted = process.argv.slice(2);
const chosen = tools.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.toLowerCase().includes(word.toLowerCase())));
install();
const rows: (Row | undefined)[] = [];
for (const tool of chosen) rows.push(await examine(tool.name, () => subject(tool)));
const shown = rows.filter((row) => row !== undefined);
console.log(`${shown.length} of ${chosen.length} tools: what was learned is complete and minimal`);
if (wanted.length === 0 && shown.length === chosen.length) publish(shown);
process.exitCode = shown.length === chosen.length ? 0 : 1;
