// Programs of different kinds, small enough to be learned in every test run. Each fails, or prints something else, when
// a grant that it needs is missing.
import type { Files } from "../harness/index.ts";

export type Program = {
  readonly name: string;
  readonly files: Files;
  /** What the command line names, and its arguments. */
  readonly words: readonly string[];
  readonly env?: Record<string, string>;
  /** Permissions that must be among what is learned. */
  readonly needs: readonly string[];
};

const manifest = (more: object = {}): object => ({ name: "learned", version: "1.0.0", ...more });

export const programs: readonly Program[] = [
  {
    name: "a command-line tool that reads a system file and writes a report",
    files: {
      "package.json": manifest(),
      "report/.gitkeep": "",
      "cli.js": `const fs = require("fs");
        const text = fs.readFileSync("/etc/debian_version", "utf8");
        fs.writeFileSync("report/version.txt", text);
        console.log(text.length > 0);`,
    },
    words: ["cli.js"],
    needs: ["read", "write"],
  },
  {
    name: "a build that makes its folders",
    files: {
      "package.json": manifest({ scripts: { build: "node build.mjs" } }),
      "src/a.js": "export default 1;",
      "build.mjs": `import fs from "node:fs";
        fs.rmSync("dist", { recursive: true, force: true });
        fs.mkdirSync("dist/assets", { recursive: true });
        for (const name of fs.readdirSync("src")) fs.copyFileSync("src/" + name, "dist/assets/" + name);
        fs.writeFileSync("tsconfig.tsbuildinfo", "{}");
        console.log(fs.readdirSync("dist/assets").join());`,
    },
    words: ["build"],
    needs: ["write"],
  },
  {
    name: "a server that is asked by its own client",
    files: {
      "package.json": manifest({ type: "module" }),
      "server.js": `import { createServer } from "node:http";
        const server = createServer((request, response) => response.end("hello"));
        await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
        const answer = await fetch("http://127.0.0.1:" + server.address().port);
        console.log(await answer.text());
        server.close();`,
    },
    words: ["server.js"],
    needs: ["listen"],
  },
  {
    name: "a program with settings in its environment",
    files: { "package.json": manifest(), "app.js": `console.log(process.env.APP_MODE, process.env.APP_LEVEL);` },
    words: ["app.js"],
    env: { APP_MODE: "fast", APP_LEVEL: "3", APP_UNUSED: "1" },
    needs: ["env"],
  },
  {
    name: "a database in a file",
    files: {
      "package.json": manifest(),
      "data/.gitkeep": "",
      "app.mjs": `import { DatabaseSync } from "node:sqlite";
        const database = new DatabaseSync("data/app.db");
        database.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t(x); INSERT INTO t VALUES (1)");
        console.log(database.prepare("SELECT count(*) > 0 AS some FROM t").get().some);
        database.close();`,
    },
    words: ["app.mjs"],
    needs: ["write"],
  },
  {
    name: "a pool of workers that reads a dictionary and its settings",
    files: {
      "package.json": manifest(),
      "pool.js": `const { Worker } = require("worker_threads");
        let left = 2;
        for (const n of [1, 2]) new Worker(__dirname + "/worker.js", { workerData: n })
          .on("message", (m) => { console.log(m); if (--left === 0) process.exit(); }).on("error", (e) => { console.log(e.code); process.exit(1); });`,
      "worker.js": `const { parentPort } = require("worker_threads");
        parentPort.postMessage([process.env.POOL_MODE, require("fs").readFileSync("/etc/debian_version").length > 0]);`,
    },
    words: ["pool.js"],
    env: { POOL_MODE: "fast" },
    needs: ["read", "env"],
  },
  {
    name: "a parent with children",
    files: {
      "package.json": manifest(),
      "logs/.gitkeep": "",
      "parent.js": `const { fork } = require("child_process");
        fork(__dirname + "/child.js").on("exit", (code) => console.log("child", code)).on("error", (error) => console.log(error.code));`,
      "child.js": `require("fs").appendFileSync("logs/child.log", "x");`,
    },
    words: ["parent.js"],
    needs: ["run", "write"],
  },
  {
    name: "a cluster",
    files: {
      "package.json": manifest(),
      "cluster.js": `const cluster = require("cluster");
        if (cluster.isPrimary) {
          cluster.fork();
          cluster.on("exit", (worker, code) => console.log("worker", code));
        } else {
          const server = require("net").createServer();
          server.listen(0, "127.0.0.1", () => process.exit(0)).on("error", () => process.exit(3));
        }`,
    },
    words: ["cluster.js"],
    needs: ["run", "listen"],
  },
  {
    name: "a tool that lists a folder of the system",
    files: {
      "package.json": manifest(),
      "list.js": `console.log(require("fs").readdirSync("/usr/share/doc").length > 0);`,
    },
    words: ["list.js"],
    needs: ["read"],
  },
  {
    name: "a member of a monorepo",
    files: {
      "package.json": { name: "root", private: true, workspaces: ["packages/*"] },
      "packages/shared/package.json": manifest({ name: "shared", main: "index.js" }),
      "packages/shared/index.js": `exports.greet = () => "hello";`,
      "packages/app/package.json": manifest({ name: "app" }),
      "packages/app/out/.gitkeep": "",
      "packages/app/main.js": `const { greet } = require("../shared");
        require("fs").writeFileSync(__dirname + "/out/greeting", greet());
        console.log(greet());`,
    },
    words: ["packages/app/main.js"],
    needs: ["write"],
  },
  {
    name: "a TypeScript program",
    files: {
      "package.json": manifest({ type: "module" }),
      "tsconfig.json": { compilerOptions: { target: "esnext" } },
      "state/.gitkeep": "",
      "app.ts": `import { writeFileSync } from "node:fs";
        enum Colour { Red = "red" }
        writeFileSync("state/colour", Colour.Red);
        console.log(Colour.Red);`,
    },
    words: ["app.ts"],
    needs: ["write"],
  },
  {
    name: "a datagram echo",
    files: {
      "package.json": manifest(),
      "echo.js": `const dgram = require("dgram");
        const server = dgram.createSocket("udp4");
        server.on("error", (error) => { console.log(error.code); process.exit(1); });
        server.on("message", (message, from) => server.send(message, from.port, from.address));
        server.bind(0, "127.0.0.1", () => {
          const client = dgram.createSocket("udp4");
          client.on("message", (message) => { console.log(String(message)); client.close(); server.close(); });
          client.send("ping", server.address().port, "127.0.0.1", (error) => { if (error) { console.log(error.code); process.exit(1); } });
        });`,
    },
    words: ["echo.js"],
    needs: ["listen"],
  },
];
