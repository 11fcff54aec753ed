// The folders that real tools fill, empty and make again keep their grants: absent at first, full of an older run's files,
// and removed by the script itself or by the user meanwhile. With and without namespaces.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cordon, start } from "../harness/index.ts";

const fixtures = join(import.meta.dirname, "fixtures");

type Remade = {
  readonly name: string;
  /** In fixtures/. */
  readonly project: string;
  readonly script: string;
  readonly folder: string;
  readonly makes: string;
  /** Whether the tool, or the script, takes away what it did not make. */
  readonly empties: boolean;
  readonly files?: Readonly<Record<string, string>>;
};

const TOOLS: readonly Remade[] = [
  { name: "Vite, emptyOutDir", project: "vite-build", script: "vite build", folder: "dist", makes: "index.html", empties: true },
  { name: "Vite, a removed folder", project: "vite-build", script: "rm -rf dist && vite build", folder: "dist", makes: "index.html", empties: true },
  { name: "Next", project: "next", script: "next build", folder: ".next", makes: "BUILD_ID", empties: true },
  { name: "Next, a removed folder", project: "next", script: "rm -rf .next && next build", folder: ".next", makes: "BUILD_ID", empties: true },
  { name: "Jest's coverage", project: "jest", script: "jest --ci --coverage", folder: "coverage", makes: "lcov.info", empties: false },
  { name: "Jest's coverage, a removed folder", project: "jest", script: "rm -rf coverage && jest --ci --coverage", folder: "coverage", makes: "lcov.info", empties: true },
  { name: "webpack, output.clean", project: "webpack", script: "node clean.js", folder: "out", makes: "main.js", empties: true, files: { "clean.js": 'require("webpack")({ mode: "production", context: __dirname, entry: "./source.js", output: { path: `${__dirname}/out`, clean: true } }, (error, stats) => process.exit(error || stats.hasErrors() ? 1 : 0));\n' } },
  { name: "TypeScript, a removed folder", project: "tsc", script: "rm -rf out && tsc --project .", folder: "out", makes: "source.js", empties: true, files: { "source.ts": "export const a: number = 1;\n" } },
];

const OLD = "deep/older/left.js";

/** What does not hold, by tool. Each runs in a copy beside its fixture. */
export async function remade(): Promise<string[]> {
  const problems: string[] = [];
  for (const tool of TOOLS) {
    const found = await examine(tool);
    console.log(`${found.length === 0 ? "ok    " : "FAILED"} remade: ${tool.name}`);
    for (const text of found) console.log(text);
    problems.push(...found);
  }
  return problems;
}

async function examine(tool: Remade): Promise<string[]> {
  const folder = prepare(tool);
  const problems: string[] = [];
  for (const flags of [[], ["--namespaces=off"]]) {
    for (const state of ["absent", "made by the run before", "full", "removed meanwhile"]) {
      arrange(join(folder, tool.folder), state);
      const { code, stderr, stdout } = await start(cordon, ["run", ...flags, "remake"], { cwd: folder, env: { NODE_ENV: tool.project === "jest" ? "test" : "production", CI: "1" }, timeout: 300_000 }).ended;
      const made = existsSync(join(folder, tool.folder, tool.makes));
      const left = tool.empties && existsSync(join(folder, tool.folder, OLD));
      const refused = stderr.split("\n").some((line) => line.startsWith(`denied write ${join(folder, tool.folder)}`));
      if (code !== 0 || !made || left || refused) problems.push(`${state}, ${flags.join("") || "plainly"}: code ${code}, ${made ? "made" : "not made"}${left ? ", old files are left" : ""}\n${stdout.slice(-2000)}${stderr.slice(-3000)}`);
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return problems;
}

/** A copy of the fixture with the one script, and a grant of the folder that it makes. */
function prepare({ project, script, folder: output, files = {} }: Remade): string {
  const folder = join(fixtures, `remade-${project}`);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(fixtures, project), folder, { recursive: true });
  rmSync(join(folder, output), { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const file = join(folder, "package.json");
  const text = JSON.parse(readFileSync(file, "utf8")) as { cordon: { permissions: Record<string, string[]> } };
  const { permissions } = text.cordon;
  const write = [...new Set([...(permissions["write"] ?? []), `./${output}/`])].filter((path) => path !== `./${output}`);
  writeFileSync(file, JSON.stringify({ ...text, name: `remade-${project}`, scripts: { remake: script }, cordon: { permissions: { ...permissions, write } } }, null, 2));
  return folder;
}

function arrange(output: string, state: string): void {
  if (state === "absent" || state === "removed meanwhile") rmSync(output, { recursive: true, force: true });
  if (state !== "full") return;
  mkdirSync(join(output, "deep/older"), { recursive: true });
  writeFileSync(join(output, OLD), "old");
}
