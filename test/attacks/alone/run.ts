// Starts one attack that needs a start of its own.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFiles } from "../world/stage.ts";
import type { Alone, Arrangement, Ending, Scene } from "./scene.ts";

const PATIENCE = 90_000;

/** How cordon and the engine are started in this cell. */
export type Starter = { confine: string; before: readonly string[]; jail: readonly string[]; bare: readonly string[]; env: NodeJS.ProcessEnv; own: (path: string) => void };

/** @returns its ending, and what it harmed beside the canaries. */
export async function runAlone(attack: Alone, scene: Scene, starter: Starter): Promise<{ ending: Ending; harm: string[] }> {
  const arrangement = attack.arrange(scene);
  lay(scene, arrangement);
  starter.own(scene.project);
  const ending = await start(scene, arrangement, starter);
  const shown = scene.kind === "bare" || attack.unproven === undefined || attack.unproven.shown(ending);
  return { ending, harm: [...(arrangement.look?.(ending) ?? []), ...(shown ? [] : ["the attack was not made at all"])] };
}

function lay(scene: Scene, { manifest = {}, files = {}, links = {}, code, entry = "main.cjs" }: Arrangement): void {
  const text = typeof manifest === "string" || Buffer.isBuffer(manifest) ? manifest : JSON.stringify({ name: "alone", version: "1.0.0", cordon: manifest });
  mkdirSync(scene.project, { recursive: true });
  writeFileSync(join(scene.project, "package.json"), text);
  mkdirSync(join(scene.project, "out"), { recursive: true });
  const { target } = scene;
  const told = { token: target.token, secret: target.secret, keep: target.keep, folder: target.folder, home: target.home, program: target.program, readable: target.readable, unix: target.unix };
  const prelude = `const at = ${JSON.stringify(told)}; const claim = () => process.stdout.write([...at.token].reverse().join("") + "\\n");\n`;
  writeFiles(scene.project, { ...files, [entry]: prelude + code });
  writeFiles(scene.project, { "node_modules/attack-addon/package.json": `{"name":"attack-addon","version":"1.0.0","main":"addon.node"}`, "node_modules/attack-addon/numbers.json": JSON.stringify(scene.native.numbers) });
  cpSync(scene.native.addon, join(scene.project, "node_modules/attack-addon/addon.node"));
  for (const [path, goal] of Object.entries(links)) {
    mkdirSync(dirname(join(scene.project, path)), { recursive: true });
    rmSync(join(scene.project, path), { force: true });
    symlinkSync(goal, join(scene.project, path));
  }
}

function start(scene: Scene, arrangement: Arrangement, starter: Starter): Promise<Ending> {
  const { flags = [], engineFlags = [], env = {}, surroundings = [], entry = "main.cjs", meanwhile } = arrangement;
  const program = scene.kind === "bare" ? [...starter.bare, ...engineFlags, entry] : [...starter.jail, ...flags, entry];
  const began = performance.now();
  // Standard input is nobody's, so that no question waits for an answer.
  const child = spawn(starter.confine, [...starter.before, ...surroundings, "--", ...program], { cwd: scene.project, env: { ...starter.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    // The endless ones need not be kept.
    stdout = (stdout + text).slice(-100_000);
    if (stdout.includes("ready")) isReady();
  });
  child.stderr.setEncoding("latin1").on("data", (text: string) => (stderr = (stderr + text).slice(0, 4_000_000)));
  const alarm = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  const doing = meanwhile?.(child.pid ?? 0, ready);
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => {
      clearTimeout(alarm);
      isReady();
      Promise.resolve(doing).then(() => done({ code, signal, stdout, stderr, milliseconds: performance.now() - began }), failed);
    });
  });
}
