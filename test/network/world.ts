// A small internet in two network namespaces: "here", where cordon runs, and "there", with a nameserver and web servers
// at public and private addresses. Needs root.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { cordon, engine, makeLooseProject, type Outcome, plainEnvironment, type Running, start } from "../harness/index.ts";

export type Zone = Record<string, Record<string, readonly unknown[]>>;

export const publicSite = "93.184.215.14";
export const otherSite = "93.184.215.15";
export const privateSite = "10.99.0.1";
/** An address of the public kind that the machine with the jail has itself. */
export const ownAddress = "93.184.216.1";

export type World = {
  /** Runs `cordon run` with these arguments in a project's folder; `by` is what starts it. */
  cordonRun(folder: string, args: readonly string[], hosts?: string, by?: readonly string[]): Promise<Outcome>;
  /** Starts a program in the namespace of the jail, but not in the jail. */
  startHere(program: string, args: readonly string[]): Running;
  /** Names that the nameserver was asked for until now. */
  asked(): string[];
  close(): Promise<void>;
};

const site = `
  import http from "node:http";
  let open = 0;
  const addresses = process.argv.slice(1);
  for (const address of addresses) {
    http.createServer((_, response) => response.end("site " + address)).listen(80, address, () => { if (++open === addresses.length) console.log("ready"); });
  }`;

export async function makeWorld(zone: Zone, search = "corp.example"): Promise<World> {
  const id = process.pid.toString(36);
  const [here, there] = [`cordon-here-${id}`, `cordon-there-${id}`];
  const files = makeLooseProject({ "zone.json": zone, "resolv.conf": `search ${search}\nnameserver ${privateSite}\n`, hosts: "127.0.0.1 localhost\n" });
  connect(here, there, id);
  const inside = (name: string, program: string, args: readonly string[]): Running =>
    start("ip", ["netns", "exec", name, program, ...args], { env: { PATH: process.env["PATH"] } });
  const nameserver = inside(there, engine, [join(import.meta.dirname, "nameserver.mjs"), privateSite, files.path("zone.json")]);
  const sites = inside(there, engine, ["--input-type=module", "-e", site, "--", publicSite, otherSite, privateSite]);
  await Promise.all([nameserver.prints("ready"), sites.prints("ready")]);

  return {
    cordonRun(folder, args, hosts = files.path("hosts"), by = []) {
      const script = 'mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/hosts && shift 2 && exec "$@"';
      const command = ["sh", "-c", script, "sh", files.path("resolv.conf"), hosts, ...by, cordon, "run", ...args];
      return start("ip", ["netns", "exec", here, ...command], { cwd: folder, env: plainEnvironment() }).ended;
    },
    startHere: (program, args) => inside(here, program, args),
    asked: () => [...nameserver.output.stdout.matchAll(/^asked (.*)$/gm)].map((match) => match[1] ?? ""),
    async close() {
      for (const running of [nameserver, sites]) running.child.kill("SIGKILL");
      await Promise.allSettled([nameserver.ended, sites.ended]);
      for (const name of [here, there]) ip("netns", "del", name);
      files.remove();
    },
  };
}

/** Joins the two namespaces by a cable; `there` has the rest of the internet behind it. */
function connect(here: string, there: string, id: string): void {
  const [near, far] = [`ch${id}`, `ct${id}`];
  ip("netns", "add", here);
  ip("netns", "add", there);
  ip("link", "add", near, "netns", here, "type", "veth", "peer", "name", far, "netns", there);
  for (const [name, device, address] of [[here, near, "10.99.0.2/24"], [there, far, `${privateSite}/24`]] as const) {
    ip("-n", name, "link", "set", "lo", "up");
    ip("-n", name, "addr", "add", address, "dev", device);
    ip("-n", name, "link", "set", device, "up");
  }
  ip("-n", here, "route", "add", "default", "via", privateSite);
  ip("-n", here, "addr", "add", `${ownAddress}/32`, "dev", "lo");
  for (const address of [publicSite, otherSite]) ip("-n", there, "addr", "add", `${address}/32`, "dev", "lo");
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}
