// A home folder made for the hostile dependency: canaries in it, a host that waits for them, and what became of both.
import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const EXAMPLE = join(import.meta.dirname, "../../examples/hostile-dependency");

const SECRETS = {
  ".ssh/id_ed25519": "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary-of-the-ssh-key\n",
  ".npmrc": "//registry.example/:_authToken=canary-of-the-token\n",
  ".bashrc": "export EDITOR=vi\n",
};

/** As the AI assistants that nx's payload ran: it may read everything, and says what it found. */
const ASSISTANT = `#!/bin/sh\necho ran > "$(dirname "$0")/../assistant-ran"\necho "canary-of-the-assistant: .ssh/id_ed25519"\n`;

/** One harm that the dependency tries to do, and whether it was done. */
export type Harm = { name: string; done: boolean };

export type Ended = { code: number | null; stdout: string; stderr: string };

/** The home, the project in it, and the attacker's host on loopback. */
export class Stage {
  readonly home: string;
  readonly project: string;
  readonly report: string;
  readonly received: string[] = [];
  readonly #root: string;
  readonly #collector: Server;

  private constructor(root: string, collector: Server) {
    this.#root = root;
    this.#collector = collector;
    this.home = join(root, "home/dev");
    this.project = join(this.home, "projects/order-report");
    this.report = join(root, "report.jsonl");
  }

  static async open(): Promise<Stage> {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "hostile-dependency-")));
    const collector = createServer();
    const stage = new Stage(root, collector);
    collector.on("request", (request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        stage.received.push(body);
        response.end();
      });
    });
    await new Promise<void>((listening) => collector.listen(0, "127.0.0.1", listening));
    stage.#furnish();
    return stage;
  }

  get port(): number {
    return (this.#collector.address() as AddressInfo).port;
  }

  #furnish(): void {
    for (const [name, text] of Object.entries(SECRETS)) {
      mkdirSync(join(this.home, name, ".."), { recursive: true });
      writeFileSync(join(this.home, name), text);
    }
    mkdirSync(join(this.home, "bin"));
    writeFileSync(join(this.home, "bin/assistant"), ASSISTANT);
    chmodSync(join(this.home, "bin/assistant"), 0o755);
    cpSync(EXAMPLE, this.project, { recursive: true });
    writeFileSync(join(this.project, "node_modules/pretty-columns/lib/collector.txt"), `http://127.0.0.1:${this.port}/`);
  }

  /** Runs `command` in the project, as the owner of the home would. */
  run(command: string, args: readonly string[]): Promise<Ended> {
    const env = {
      HOME: this.home,
      PATH: `${this.home}/bin:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
      AWS_SECRET_ACCESS_KEY: "canary-of-the-environment",
      XDG_STATE_HOME: join(this.#root, "state"),
    };
    const child = spawn(command, args, { cwd: this.project, env, stdio: ["ignore", "pipe", "pipe"] });
    const ended: Ended = { code: null, stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (ended.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (ended.stderr += text));
    return new Promise((resolve, reject) => child.on("error", reject).on("close", (code) => resolve({ ...ended, code })));
  }

  harms(): Harm[] {
    const sent = (canary: string): boolean => this.received.some((body) => body.includes(canary));
    const read = (path: string): string => readFileSync(path, "utf8");
    return [
      { name: "the SSH key sent away", done: sent("canary-of-the-ssh-key") },
      { name: "the registry token sent away", done: sent("canary-of-the-token") },
      { name: "the environment's secret sent away", done: sent("canary-of-the-environment") },
      { name: "an assistant run to look for secrets", done: existsSync(join(this.home, "assistant-ran")) || sent("canary-of-the-assistant") },
      { name: ".bashrc changed", done: read(join(this.home, ".bashrc")) !== SECRETS[".bashrc"] },
      { name: "another package patched", done: read(join(this.project, "node_modules/sum-up/index.js")) !== read(join(EXAMPLE, "node_modules/sum-up/index.js")) },
      { name: "a workflow planted in the project", done: existsSync(join(this.project, ".github")) },
    ];
  }

  async close(): Promise<void> {
    this.#collector.closeAllConnections();
    await new Promise<void>((closed) => this.#collector.close(() => closed()));
    rmSync(this.#root, { recursive: true, force: true });
  }
}
