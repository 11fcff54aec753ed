// Real tools to learn from, as test/frameworks starts them; what they fill is absent at first.
import { type Case, cases } from "../frameworks/cases.ts";
import type { Files } from "../harness/index.ts";

export type Tool = {
  readonly name: string;
  readonly one: Case;
  /** Its folder in test/frameworks/fixtures, or its files. */
  readonly project: string | Files;
  readonly needs: readonly string[];
  /** Folders that are there, empty, before it runs. */
  readonly holds?: readonly string[];
  /** What is run first, bare: a server of what was built. */
  readonly first?: Case;
};

const known = (name: string, script?: string): Case => {
  const found = cases.find(([other, one]) => other === name && (script === undefined || one.script === script));
  if (found === undefined) throw new Error(`No case ${name} ${script ?? ""} in test/frameworks/cases.ts`);
  return found[1];
};

const build = known("next", "build");
const module = (more: object = {}): object => ({ name: "learned", private: true, type: "module", ...more });

export const tools: readonly Tool[] = [
  { name: "Vite build", project: "vite-build", one: known("vite-build"), needs: ["write", "addons"] },
  { name: "Next build", project: "next", one: build, needs: ["write", "run", "addons"] },
  { name: "Next start", project: "next", one: known("next", "start"), first: build, needs: ["listen"] },
  { name: "TypeScript compile", project: "tsc", one: known("tsc"), needs: ["write", "run"] },
  { name: "Jest run", project: "jest", one: known("jest"), needs: ["addons"] },
  { name: "Vitest run", project: "vitest", one: known("vitest"), needs: ["run"] },
  { name: "Mocha run", project: "mocha", one: known("mocha"), needs: [] },
  { name: "esbuild", project: "esbuild", one: known("esbuild"), needs: ["write", "run"] },
  { name: "sharp", project: "sharp", one: known("sharp"), holds: ["out"], needs: ["write", "addons"] },
  { name: "webpack", project: "webpack", one: known("webpack"), needs: ["write"] },
  { name: "Rollup", project: "rollup", one: known("rollup"), needs: ["write", "addons"] },
  { name: "ESLint", project: "eslint", one: known("eslint"), needs: [] },
  { name: "Prettier", project: "prettier", one: known("prettier"), needs: [] },
  { name: "Express server", project: "express", one: known("express"), needs: ["listen"] },
  { name: "Nest server", project: "nest", one: known("nest"), needs: ["listen"] },
  { name: "WebSocket server", project: "socket-io", one: known("socket-io"), needs: ["listen"] },
  { name: "pino", project: "pino", one: known("pino"), holds: ["out"], needs: ["write"] },
  {
    name: "server with a database",
    needs: ["write", "listen", "env"],
    one: { words: ["main.js"], env: { NOTES_FILE: "data/notes.db" }, requests: [{ path: "/notes", method: "POST", body: '{"text":"milk"}' }, { path: "/notes" }] },
    project: {
      "package.json": module(),
      "main.js": `import express from "express";
        import { DatabaseSync } from "node:sqlite";
        import { mkdirSync } from "node:fs";
        import { dirname } from "node:path";
        mkdirSync(dirname(process.env.NOTES_FILE), { recursive: true });
        const database = new DatabaseSync(process.env.NOTES_FILE);
        database.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS notes(text)");
        const app = express().use(express.json());
        app.post("/notes", ({ body }, response) => response.status(201).json(database.prepare("INSERT INTO notes VALUES (?)").run(body.text)));
        app.get("/notes", (_, response) => response.json(database.prepare("SELECT text FROM notes").all()));
        const server = app.listen(0, "127.0.0.1", (error) => { if (error) throw error; console.log("port", server.address().port); });
        process.on("SIGTERM", () => { database.close(); process.exit(0); });`,
    },
  },
  {
    name: "a pool of children and workers",
    needs: ["run", "env", "read", "write"],
    one: { words: ["main.js"], env: { POOL_GREETING: "hello", POOL_NAME: "pool" }, out: ["out"] },
    project: {
      "package.json": module(),
      "out/keep": "",
      "main.js": `import { fork } from "node:child_process";
        import { Worker } from "node:worker_threads";
        import { once } from "node:events";
        const child = fork("child.js");
        console.log((await once(child, "message"))[0]);
        console.log((await once(new Worker("./worker.js"), "message"))[0]);`,
      "child.js": `import { writeFileSync } from "node:fs";
        writeFileSync("out/child.txt", "x");
        process.send(process.env.POOL_GREETING ?? "nothing");
        process.disconnect();`,
      "worker.js": `import { parentPort } from "node:worker_threads";
        import { readFileSync } from "node:fs";
        parentPort.postMessage((process.env.POOL_NAME ?? "nobody") + readFileSync("/etc/debian_version", "utf8").length);`,
    },
  },
];
