// Servers under attack: a program of fixtures/ on cordon, guarded or not, or on the bare engine.
import { buildSync } from "esbuild";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cordon, engine, makeLooseProject, type Running, settingFlags, start } from "../harness/index.ts";
import type { Protocol } from "./attacks/attack.ts";

export type Kind = "guarded" | "guard off" | "bare";
export type Program = "plain" | "express" | "fastify" | "ordinary" | "sockets" | "grpc";
/** Milliseconds of the event loop's delay, bytes of memory of the engine, microseconds of processor time, connections that the server holds. */
export type Report = { readonly delay: number; readonly worst: number; readonly rss: number; readonly processor: number; readonly connections: number };

export type Server = {
  readonly kind: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly pid: number;
  /** What the server wrote to stderr until now. */
  log(): string;
  begin(): void;
  report(): Promise<Report>;
  stop(): Promise<void>;
};

const LIMIT = 3_600_000;
/** The file that Express and nginx serve as /big. */
export const BIG: number = 32 << 20;

const texts = new Map<string, string>();

/** A program of fixtures/ in one file. */
export function bundled(fixture: string): string {
  const text = texts.get(fixture) ?? bundle(fixture);
  texts.set(fixture, text);
  return text;
}

function bundle(fixture: string): string {
  const built = buildSync({ entryPoints: [join(import.meta.dirname, "fixtures", `${fixture}.js`)], bundle: true, platform: "node", format: "esm", write: false, banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' } });
  return built.outputFiles[0]?.text ?? "";
}

/** A certificate for localhost, made for this run. */
function certificate(folder: string): [key: string, cert: string] {
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.txt", "-out", "cert.txt", "-subj", "/CN=localhost", "-days", "30"], { cwd: folder, stdio: "ignore" });
  return [readFileSync(join(folder, "key.txt"), "utf8"), readFileSync(join(folder, "cert.txt"), "utf8")];
}

/** `http` is the guard's part of the manifest. */
export async function startServer(kind: Kind, program: Program, protocol: Protocol, http?: object): Promise<Server> {
  const guard = kind === "guard off" ? { http: false } : http === undefined ? {} : { http };
  const manifest = { type: "module", cordon: { permissions: { listen: ["127.0.0.1:0"] }, ...guard } };
  const big = program === "express" ? { big: Buffer.alloc(BIG, "a") } : {};
  const project = makeLooseProject({ "package.json": manifest, "server.js": bundled(program), ...big });
  const secrets = protocol === "https" || protocol === "h2" ? certificate(project.folder) : [];
  const args = ["server.js", protocol, ...secrets];
  const options = { cwd: project.folder, timeout: LIMIT, interactive: true };
  const running = kind === "bare" ? start(engine, args, options) : start(cordon, ["run", ...settingFlags, ...args], options);
  await running.prints(/port \d+/);
  const port = Number(/port (\d+)/.exec(running.output.stdout)?.[1]);
  return {
    kind, protocol, port,
    pid: running.child.pid ?? 0,
    log: () => running.output.stderr,
    begin: () => void running.child.stdin?.write("begin\n"),
    report: () => reportOf(running),
    async stop() {
      running.child.stdin?.end();
      await running.ended;
      project.remove();
    },
  };
}

async function reportOf(running: Running): Promise<Report> {
  const before = running.output.stdout.split("report").length;
  running.child.stdin?.write("report\n");
  await running.prints(new RegExp(`(?:report[^]*){${before}}\\}\\n`));
  return JSON.parse(running.output.stdout.split("report").at(-1) ?? "") as Report;
}

/** Resident bytes of a process and all below it. */
export function memoryOf(pid: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1] ?? 0));
  }
  const below = (one: number): boolean => one === pid || (one > 1 && below(parents.get(one) ?? 0));
  return [...parents.keys()].filter(below).reduce((sum, one) => sum + 1024 * Number(/^RssAnon:\s+(\d+)/m.exec(read(`/proc/${one}/status`))?.[1] ?? 0), 0);
}

/** Processes come and go while they are looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
