// `npm run test:silent-scripts [-- name…] [--folder=…] [--publish]`: packages whose install script cordon does not run are
// used all the same, in a jail with the grants that stand in packages.ts. --publish puts the last results into
// docs/compatibility.md.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "../../bench/install/registry.ts";
import { cordon as launcher, type Outcome, root, start } from "../harness/index.ts";
import { cordon, makeHome, makePlace, type Place } from "../projects/installers.ts";
import { keepResult, publish, readResult } from "../projects/results.ts";
import { type Case, cases } from "./packages.ts";

type Result = { readonly one: Case; readonly version: string; readonly scripts: readonly string[]; readonly worked: boolean; readonly said: string; readonly advice: string };

const { values, positionals } = parseArgs({ allowPositionals: true, options: { folder: { type: "string", default: join(homedir(), ".cache/cordon-projects") }, publish: { type: "boolean", default: false } } });
const wanted = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const upstream = spawnSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).stdout.trim();
const registry = await serve(upstream, 0, join(values.folder, "recorded"));
const base = join(values.folder, "work/silent");
rmSync(base, { recursive: true, force: true });
const home = makeHome(base, registry.url);
const results: Result[] = [];
for (const one of wanted) {
  const result = await use(one);
  results.push(result);
  keepResult(values.folder, "silent", one.name, result);
  console.log(line(result));
}
rmSync(base, { recursive: true, force: true });
if (values.publish) publish("silent", table());
const works = results.filter(({ worked }) => worked).length;
const surprises = results.filter((result) => !isExpected(result));
console.log(`${works} of ${results.length} packages with install scripts work without them; ${surprises.length} differ from what is known`);
process.exit(surprises.length === 0 ? 0 : 1);

async function use(one: Case): Promise<Result> {
  const place = makePlace(base, one.name.replaceAll("/", "-"), { name: "user", after: "", manifest: { private: true, dependencies: { [one.name]: one.range, ...one.beside } } }, home);
  writeFileSync(join(place.folder, "use.cjs"), `${one.program}\nprocess.on("exit", (code) => { if (code === 0) console.log("works"); });\n`);
  const installed = await cordon(place, "install", "--json");
  if (installed.code !== 0) return { one, version: "", scripts: [], worked: false, said: `${installed.stdout}${installed.stderr}`, advice: "" };
  const { version, scripts, advice } = wish(one, installed);
  mkdirSync(join(place.folder, "data"), { recursive: true });
  const used = await useJailed(place, one);
  return { one, version, scripts, worked: used.code === 0 && used.stdout.endsWith("works\n"), said: `${used.stdout}${used.stderr}`, advice };
}

async function useJailed(place: Place, { grants = [], first }: Case): Promise<Outcome> {
  if (first !== undefined) {
    const prepared = await startScript(place, first);
    if (prepared.code !== 0) return prepared;
  }
  return cordon(place, "run", ...grants, "use.cjs");
}

/** As its user would, with the text of the documentation. */
function startScript(place: Place, name: string): Promise<Outcome> {
  const fences = readFileSync(join(root, "docs/native-code.md"), "utf8").split(/^```/m);
  const text = fences.find((fence) => fence.startsWith(`sh ${name}\n`));
  if (text === undefined) throw new Error(`docs/native-code.md has no ${name}`);
  writeFileSync(join(place.folder, name), text.slice(text.indexOf("\n") + 1));
  return start("sh", [name], { cwd: place.folder, env: { HOME: place.home, PATH: `${dirname(launcher)}:${process.env["PATH"] ?? ""}` } }).ended;
}

/** What the installation said about the package's scripts. */
function wish({ name }: Case, { stdout }: Outcome): { version: string; scripts: string[]; advice: string } {
  const { wantedScripts } = JSON.parse(stdout) as { wantedScripts: { package: string; scripts: string[]; advice?: string }[] };
  const own = wantedScripts.find((entry) => entry.package.startsWith(`${name}@`));
  return { version: own?.package.slice(name.length + 1) ?? "", scripts: own?.scripts ?? [], advice: own?.advice ?? "" };
}

function isExpected({ one, worked, said, scripts }: Result): boolean {
  return scripts.length > 0 && (one.broken === undefined ? worked : !worked && one.broken.test(said));
}

function line(result: Result): string {
  const { one, version, scripts, worked, said } = result;
  const fact = `${one.name}@${version} (${scripts.join(", ") || "NO SCRIPT"}): ${worked ? "works" : "does not work"}`;
  return isExpected(result) ? `ok     ${fact}` : `FAILED ${fact}\n${said.trim().split("\n").slice(0, 25).map((text) => `    ${text}`).join("\n")}`;
}

function table(): string[] {
  const rows = cases.map((one) => row(one, readResult<Result>(values.folder, "silent", one.name)));
  return ["| package | downloads | scripts | after `cordon install` | grants | what cordon says |", "|---|---|---|---|---|---|", ...rows];
}

function row({ name, downloads, first, grants = [] }: Case, result: Result | undefined): string {
  if (result === undefined) return `| ${name} | ${downloads} M | not run | | | |`;
  const granted = grants.map((grant) => `\`${grant.replace("--allow-", "").replace("=", " ")}\``).join(", ");
  const fact = result.worked ? `works${first === undefined ? "" : " once it is unpacked"}` : "does not work";
  return `| ${name} ${result.version} | ${downloads} M | ${result.scripts.join(", ")} | ${fact} | ${result.worked ? granted : ""} | ${result.advice} |`;
}
