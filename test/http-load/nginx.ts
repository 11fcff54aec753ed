// nginx from Debian, to compare with: its own defaults, but for connections enough for what comes (Debian's 768 would be full at once).
import { copyFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, createServer } from "node:net";
import { makeLooseProject, start } from "../harness/index.ts";
import { BIG, type Server } from "./server.ts";

const PROGRAM = "/usr/sbin/nginx";

export function nginxIsThere(): boolean {
  return existsSync(PROGRAM);
}

export async function startNginx(): Promise<Server> {
  const port = await freePort();
  const project = makeLooseProject({ "www/index.html": "hello", "www/big": Buffer.alloc(BIG, "a"), "nginx.conf": configuration(port) });
  copyFileSync("/etc/nginx/mime.types", project.path("mime.types"));
  const running = start(PROGRAM, ["-p", project.folder, "-c", project.path("nginx.conf")], { cwd: project.folder, timeout: 3_600_000 });
  while (!(await answers(port))) await sleep(50);
  return {
    kind: "nginx", protocol: "http", port,
    pid: running.child.pid ?? 0,
    log: () => running.output.stderr,
    begin: () => {},
    report: () => Promise.resolve({ delay: Number.NaN, worst: Number.NaN, rss: Number.NaN, processor: Number.NaN, connections: Number.NaN }),
    async stop() {
      running.child.kill("SIGTERM");
      await running.ended;
      project.remove();
    },
  };
}

function configuration(port: number): string {
  return `daemon off; worker_processes auto; worker_rlimit_nofile 20000; pid nginx.pid; error_log error.log;
events { worker_connections 8192; }
http {
  include mime.types; sendfile on; tcp_nopush on; gzip on; access_log off;
  server { listen 127.0.0.1:${port}; root www; }
}
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("There is no free port"))));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });
}
