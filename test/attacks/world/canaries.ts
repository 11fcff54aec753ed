// The canaries of one attack in one place.
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Native } from "../build.ts";
import { claim, type Attack, type Need, type Target } from "../inside/attack.ts";
import { text, type Raw } from "../inside/raw.ts";
import { hearDatagrams, hearStream, hearUnixDatagrams, type Heard } from "./listeners.ts";
import { FAR, GRANTED_LISTEN, GRANTED_TCP, GRANTED_UDP, LISTEN_ONLY, LOOPBACK, METADATA, NAMES_PORT, NEIGHBOUR, PRIVATE, UNASKED } from "./places.ts";
import { differences, snapshot, type Snapshot } from "./snapshot.ts";
import { giveTree, writeFiles } from "./stage.ts";
import { GuardedVictim } from "./victim.ts";

export type Setting = { base: string; project: string; native: Native; raw: Raw; user: { uid: number; gid: number } };

export class Canaries {
  readonly target: Target;
  readonly secret: string;
  readonly #setting: Setting;
  readonly #heard: Heard[] = [];
  readonly #collect: (() => void)[] = [];
  #victim: GuardedVictim | undefined;
  #stir: NodeJS.Timeout | undefined;
  #before: Snapshot = new Map();

  constructor(attack: Pick<Attack, "name">, place: string, index: number, setting: Setting) {
    this.#setting = setting;
    this.secret = `canary-${letters(24)}`;
    const { base, project } = setting;
    const folder = join(base, "t", String(index));
    const at = (path: string): string => join(folder, path);
    const ports = 20_000 + index * 10;
    this.target = {
      id: `${attack.name}#${place}`, token: letters(16), folder, secret: at("secret"), keep: at("keep"), program: at("bin/program"), home: at("home"),
      project, readable: join(project, "code/r", String(index), "file"), out: join(project, "out"),
      granted: { tcp: { host: LOOPBACK, port: GRANTED_TCP }, udp: { host: LOOPBACK, port: GRANTED_UDP }, listen: GRANTED_LISTEN, unix: join(base, "shared/granted.sock") },
      beside: { port: { host: LOOPBACK, port: GRANTED_TCP + 1 }, host: { host: NEIGHBOUR, port: GRANTED_TCP }, listenOnly: { host: LOOPBACK, port: LISTEN_ONLY } },
      launcher: 0,
      tcp: { host: LOOPBACK, port: ports }, tcp6: { host: "::1", port: ports }, "tcp-far": { host: FAR, port: ports }, "tcp-private": { host: PRIVATE, port: ports }, "tcp-metadata": { host: METADATA, port: ports },
      udp: { host: LOOPBACK, port: ports }, "udp-far": { host: FAR, port: ports }, unix: at("sock"), "unix-datagram": at("dgram"), abstract: "",
      victim: { pid: 0, address: "0", descriptor: 0, key: 0, secretKey: "" },
      names: { port: NAMES_PORT, loopback: "", private: "", metadata: "", mapped: "", alias: "", mixed: "", turning: "", ungranted: "", unasked: UNASKED },
      "free-port": ports + 1, stir: at("stir"),
    };
    this.target.abstract = `canary-${this.target.token}`;
    for (const kind of ["loopback", "private", "metadata", "mapped", "alias", "mixed", "turning"] as const) this.target.names[kind] = `${kind}.${this.target.token}.rebind.test`;
  }

  async lay(needs: readonly Need[]): Promise<void> {
    this.#layFiles();
    for (const need of needs) await this.#layNeed(need);
    this.#before = this.#look();
  }

  #layFiles(): void {
    const { target, secret } = this;
    const { project, native, raw } = this.#setting;
    writeFiles(target.folder, {
      secret: `SECRET=${secret}\n`, keep: "as it was\n", "data.json": JSON.stringify({ secret }), "module.mjs": `export const secret = "${secret}";\n`, "broken.cjs": `${secret} is no code\n`,
      "loads.cjs": "globalThis.loadedFromOutside = true;\n", "data.map": JSON.stringify({ version: 3, sources: [secret], mappings: "", names: [] }), "package.json": JSON.stringify({ name: secret }), "tree/a/b": "as it was\n", "tree/c": "as it was\n",
      "home/.npmrc": `//registry/:_authToken=${secret}\n`, "home/.bashrc": "# as it was\n", "home/.ssh/id_ed25519": secret, "home/.ssh/authorized_keys": "", "home/.aws/credentials": secret, "home/.config/wallet.json": secret, "home/bin/.keep": "",
    });
    for (const folder of ["empty", "stir"]) mkdirSync(join(target.folder, folder));
    writeFiles(target.folder, { [`goal/${secret}`]: "" });
    symlinkSync(`goal/${secret}`, join(target.folder, "pointer"));
    mkdirSync(join(target.folder, "bin"));
    cpSync(native.program, target.program);
    cpSync(native.stray, join(target.folder, "extension.so"));
    const database = new DatabaseSync(join(target.folder, "data.db"));
    database.exec(`CREATE TABLE secrets (text); INSERT INTO secrets VALUES ('${secret}')`);
    database.close();
    writeFiles(project, { [`code/r/${target.folder.split("/").at(-1) ?? ""}/file`]: "own code, as it was\n" });
    symlinkSync(target.secret, join(target.readable, "../link"));
    writeFiles(`${project}-secret`, { [target.id.replaceAll("/", "_")]: secret });
    this.#own(target.folder);
    this.#own(join(target.readable, ".."));
    this.#own(`${project}-secret`);
    for (const file of [target.keep, target.readable]) raw.try("setxattr", text(file), text("user.kept"), text("x"), 1, 0);
  }

  #own(path: string): void {
    giveTree(path, this.#setting.user);
  }

  async #layNeed(need: Need): Promise<void> {
    const { target, secret } = this;
    const { native, raw, user } = this.#setting;
    if (need === "tcp" || need === "tcp6" || need === "tcp-far" || need === "tcp-private" || need === "tcp-metadata") this.#heard.push(await hearStream(`${need} ${target[need].host}`, { ...target[need], ...(need === "tcp6" ? { ipv6Only: true } : {}) }));
    if (need === "udp" || need === "udp-far") this.#heard.push(await hearDatagrams(need, target[need].host, target[need].port));
    if (need === "unix") this.#heard.push(await hearStream(need, { path: target.unix }));
    if (need === "abstract") this.#heard.push(await hearStream(need, { path: `\0${target.abstract}` }));
    if (need === "unix-datagram") {
      const { heard, collect } = hearUnixDatagrams(need, target["unix-datagram"], raw);
      this.#heard.push(heard);
      this.#collect.push(collect);
    }
    if (need === "victim") {
      this.#victim = await GuardedVictim.start(native.victim, secret, 1 + (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % 0x7ffffffe, user, raw);
      target.victim = this.#victim.told;
    }
    if (need === "stir") this.#startStirring();
  }

  #startStirring(): void {
    let turn = 0;
    this.#stir = setInterval(() => {
      const file = join(this.target.stir, `${this.secret}-${turn++ % 50}`);
      rmSync(file, { force: true });
      writeFileSync(file, "");
      chownSync(file, this.#setting.user.uid, this.#setting.user.gid);
      chmodSync(file, 0o644);
      writeFileSync(join(this.target.stir, "pulse"), "x".repeat(turn));
    }, 100);
  }

  #look(): Snapshot {
    return new Map([...snapshot(this.target.folder, this.#setting.raw, [this.target.stir, this.target.unix, this.target["unix-datagram"]]), ...snapshot(join(this.target.readable, ".."), this.#setting.raw)]);
  }

  /** What was done to these canaries, given all that the attack said; "" for nothing. */
  async harm(said: string): Promise<string[]> {
    clearInterval(this.#stir);
    for (const collect of this.#collect) collect();
    const changed = existsSync(this.target.folder) ? differences(this.#before, this.#look()) : [this.target.folder];
    const victim = (await this.#victim?.harm()) ?? "";
    const stray = readdirSync("/tmp").filter((name) => name === `cordon-attack-${this.target.token}`);
    for (const name of stray) rmSync(join("/tmp", name));
    return [
      ...(holds(said, this.secret) ? ["the secret was read"] : []),
      ...(said.includes(claim(this.target)) ? ["it ran, loaded or opened what it may not"] : []),
      ...changed.map((path) => `changed ${path}`),
      ...this.#heard.filter((heard) => heard.texts.length > 0).map((heard) => `${heard.place} was reached`),
      ...(victim === "" ? [] : [`the other process: ${victim}`]),
      ...stray.map((name) => `made /tmp/${name}`),
    ];
  }
}

/** Whether `text` holds `secret`, as it is or in a usual disguise. */
export function holds(text: string, secret: string): boolean {
  return [secret, Buffer.from(secret).toString("base64").replace(/=*$/, ""), Buffer.from(secret).toString("hex"), encodeURIComponent(secret)].some((form) => text.includes(form));
}

export function letters(count: number): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz";
  return Array.from(crypto.getRandomValues(new Uint8Array(count)), (byte) => alphabet[byte % 26]).join("");
}
