// A server in the jail under load from outside: no request may fail.
import { execFile, spawnSync } from "node:child_process";
import { Agent, request } from "node:http";
import { promisify } from "node:util";
import { makeLooseProject, settingFlags, startCordon } from "../harness/index.ts";

export type Load = { readonly by: "wrk" | "node:http"; readonly requests: number; readonly failed: number; /** In which way, as far as it is known. */ readonly how: string };

/** The engine ends connections that are idle for five seconds: a machine that pauses longer would fail, jail or not. */
const server = "require('http').createServer({ keepAliveTimeout: 600000 }, (request, response) => response.end('hello')).listen(0, '127.0.0.1', function () { console.log('port', this.address().port) })";

export async function load(seconds: number, flags: readonly string[] = []): Promise<Load> {
  const project = makeLooseProject({ "server.js": server });
  const timeout = (seconds + 60) * 1000;
  const running = startCordon(["run", ...settingFlags, ...flags, "--allow-listen=127.0.0.1:0", "server.js"], { cwd: project.folder, timeout });
  try {
    await running.prints(/port \d+/);
    const port = Number(/port (\d+)/.exec(running.output.stdout)?.[1]);
    return spawnSync("wrk", ["-v"]).error === undefined ? await byWrk(port, seconds) : await byEngine(port, seconds);
  } finally {
    running.child.kill("SIGTERM");
    await running.ended;
    project.remove();
  }
}

async function byWrk(port: number, seconds: number): Promise<Load> {
  const { stdout } = await promisify(execFile)("wrk", ["-t1", "-c64", `-d${seconds}s`, "--timeout", "30s", `http://127.0.0.1:${port}/`]);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1).map(Number) ?? [];
  const other = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  const how = stdout.split("\n").filter((line) => /Socket errors|Non-2xx/.test(line)).join(", ").trim();
  return { by: "wrk", requests, failed: socketErrors.reduce((sum, count) => sum + count, other), how };
}

async function byEngine(port: number, seconds: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const end = performance.now() + seconds * 1000;
  let [requests, failed] = [0, 0];
  const codes = new Set<string>();
  const one = (): Promise<boolean> =>
    new Promise((resolve) => {
      const sent = request({ port, host: "127.0.0.1", agent }, (response) => response.resume().on("end", () => resolve(response.statusCode === 200)));
      sent.on("error", (error) => (codes.add(error.message), resolve(false))).end();
    });
  const client = async (): Promise<void> => {
    for (; performance.now() < end; requests++) if (!(await one())) failed++;
  };
  await Promise.all(Array.from({ length: 64 }, client));
  agent.destroy();
  return { by: "node:http", requests, failed, how: [...codes].join(", ") };
}
