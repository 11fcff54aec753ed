// Builds, tests and starts a project in the jail, as its user would: learn once, then run.
import { cpSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { cordon as launcher, start } from "../harness/index.ts";
import { cordon, makePlace, type Place } from "./installers.ts";
import type { Project } from "./projects.ts";
import type { Step } from "./runs.ts";

export type Jailed = { readonly name: string; readonly steps: readonly string[]; readonly permissions: Readonly<Record<string, readonly string[]>>; readonly problems: readonly string[] };

const MINUTES_5 = 5 * 60_000;

export async function runJailed(base: string, project: Project, steps: readonly Step[], home: string): Promise<Jailed> {
  const { place, problems } = await installed(base, project, steps, home);
  for (const step of problems.length === 0 ? steps : []) {
    // What was learned names the port.
    const port = await freePort();
    problems.push(...(await perform(place, step, port, ["learn", "--write", step.script])));
    if (problems.length === 0) problems.push(...(await perform(place, step, port, ["run", step.script])));
  }
  return { name: project.name, steps: steps.map(({ line }) => line), permissions: permissionsOf(place), problems };
}

/** The project with its scripts and files, installed. */
export async function installed(base: string, project: Project, steps: readonly Step[], home: string): Promise<{ place: Place; problems: string[] }> {
  const scripts = Object.fromEntries(steps.map(({ script, line }) => [script, line]));
  const place = makePlace(base, "jailed", { ...project, manifest: { ...project.manifest, scripts } }, home);
  cpSync(join(import.meta.dirname, "fixtures", project.name), place.folder, { recursive: true });
  const { code, stderr } = await cordon(place, "install", ...(project.flags ?? []));
  return { place, problems: code === 0 ? [] : [`cordon install: ${stderr}`] };
}

/** One line for what went wrong. */
export async function perform(place: Place, step: Step, port: number, words: readonly string[]): Promise<string[]> {
  const env = { HOME: place.home, CI: "1", PORT: String(port), HOST: "127.0.0.1", NODE_ENV: step.script === "test" ? "test" : "production", ...step.env };
  const running = start(launcher, words, { cwd: place.folder, env, timeout: MINUTES_5 });
  const answer = step.asks === undefined ? "" : await ask(`http://127.0.0.1:${port}${step.asks[0]}`, running.ended);
  if (step.asks !== undefined) running.child.kill("SIGTERM");
  const { code, signal, stdout, stderr } = await running.ended;
  const ended = `cordon ${words.join(" ")} ended with ${String(code ?? signal)}: ${answer}\n${tail(stdout)}\n${told(stderr)}${tail(stderr)}`;
  if (step.asks === undefined ? code !== 0 : !answer.includes(step.asks[1])) return [ended];
  return step.makes === undefined || existsSync(join(place.folder, step.makes)) ? [] : [`${step.makes} was not made; ${ended}`];
}

/** Asks until the server is there, or has ended. */
async function ask(address: string, ended: Promise<unknown>): Promise<string> {
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    const text = await fetch(address).then((answer) => answer.text()).catch(() => undefined);
    if (text !== undefined) return text;
    await new Promise((done) => setTimeout(done, 100));
  }
  return "no answer";
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** What was learned; the port differs from run to run. */
function permissionsOf({ folder }: Place): Record<string, string[]> {
  type Manifest = { cordon?: { permissions?: Record<string, string[]>; scripts?: Record<string, Record<string, string[]>> } };
  const { cordon: key = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const all: Record<string, Set<string>> = {};
  for (const lists of [key.permissions ?? {}, ...Object.values(key.scripts ?? {})]) {
    for (const [permission, list] of Object.entries(lists)) all[permission] = (all[permission] ?? new Set<string>()).union(new Set(list));
  }
  return Object.fromEntries(Object.entries(all).map(([permission, list]) => [permission, [...list].map((one) => String(one).replace(/:\d{4,5}$/, ":<port>"))]));
}

/** What cordon says about refused requests, which the program may have said much after. */
function told(text: string): string {
  const denials = text.match(/^denied .+\n(?: {2}.+\n)*/gm) ?? [];
  return denials.length === 0 ? "" : `${denials.join("")}`;
}

function tail(text: string): string {
  return text.trim().split("\n").slice(-15).join("\n");
}
