// A PostgreSQL of the test's own: started on loopback and on a socket in its folder, gone when the test is over.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresPrograms } from "./programs.ts";

const SECONDS = 60;

type User = { uid: number; gid: number };

export class Database {
  readonly port: number;
  readonly folder: string;
  readonly password = "secret";
  readonly #server: ChildProcess;
  #log = "";

  private constructor(folder: string, port: number, server: ChildProcess) {
    this.folder = folder;
    this.port = port;
    this.#server = server;
    server.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
  }

  static async start(port: number): Promise<Database> {
    const folder = mkdtempSync(join(tmpdir(), "database-"));
    chmodSync(folder, 0o755);
    const programs = postgresPrograms(folder);
    const owner = ordinaryUser();
    initialize(programs, folder, owner);
    const settings = ["listen_addresses=127.0.0.1", `port=${port}`, `unix_socket_directories=${folder}/run`, "fsync=off", "shared_buffers=16MB", "max_connections=20"];
    const args = ["-D", join(folder, "data"), ...settings.flatMap((setting) => ["-c", setting])];
    const server = spawn(join(programs, "postgres"), args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"], ...owner });
    const database = new Database(folder, port, server);
    await database.#ready();
    return database;
  }

  /** For a client on loopback. */
  get url(): string {
    return `postgres://notes:${this.password}@localhost:${this.port}/postgres`;
  }

  get socket(): string {
    return join(this.folder, `run/.s.PGSQL.${this.port}`);
  }

  /** For a client on the socket. */
  get socketUrl(): string {
    return `socket://notes:${this.password}@${join(this.folder, "run")}?db=postgres&port=${this.port}`;
  }

  /** It listens before it answers, so the last word is its own. */
  async #ready(): Promise<void> {
    for (let waited = 0; waited < SECONDS * 10; waited += 1) {
      if (this.#server.exitCode !== null) break;
      if (this.#log.includes("ready to accept connections") && (await reaches(this.port))) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await this.stop();
    throw new Error(`PostgreSQL did not start on port ${this.port}:\n${this.#log}`);
  }

  async stop(): Promise<void> {
    if (this.#server.exitCode === null && this.#server.signalCode === null) {
      const ended = new Promise((resolve) => this.#server.once("exit", resolve));
      // SIGINT is its fast shutdown: sessions are ended.
      this.#server.kill("SIGINT");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function initialize(programs: string, folder: string, owner: User | undefined): void {
  for (const name of ["data", "run"]) {
    mkdirSync(join(folder, name), { mode: name === "data" ? 0o700 : 0o755 });
    if (owner !== undefined) chownSync(join(folder, name), owner.uid, owner.gid);
  }
  const password = join(folder, "password");
  writeFileSync(password, "secret\n");
  const args = ["-D", join(folder, "data"), "-U", "notes", "-A", "scram-sha-256", `--pwfile=${password}`, "--no-sync", "--locale=C", "-E", "UTF8"];
  execFileSync(join(programs, "initdb"), args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"], ...owner });
}

/** PostgreSQL does not run as root: then it is Debian's user for it, or nobody. */
function ordinaryUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8") : "";
  const fields = /^postgres:[^:]*:(\d+):(\d+):/m.exec(users);
  return fields === null ? { uid: 65534, gid: 65534 } : { uid: Number(fields[1]), gid: Number(fields[2]) };
}

function reaches(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1", () => {
    socket.destroy();
    resolve(true);
  });
  socket.on("error", () => resolve(false));
  return promise;
}
