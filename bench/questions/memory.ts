// How much memory does the whole tree of a server have resident, the launcher and its guardian with it?
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Question } from "../measure.ts";
import { serve } from "../programs.ts";
import { makeLooseProject } from "../../test/harness/index.ts";

const program = "require('http').createServer((request, response) => response.end('hello')).listen(0, '127.0.0.1', function () { console.log('port', this.address().port) });";

/** MiB, each shared page counted once (Pss of proc(5)'s smaps_rollup), of a process and all below it. */
export function residentTree(pid: number): number {
  return tree(pid).reduce((sum, one) => sum + proportional(one), 0) / 1024;
}

function proportional(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
}

export function tree(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" "));
  return [pid, ...children.filter((child) => child !== "").flatMap((child) => tree(Number(child)))];
}

export const memory: Question = {
  name: "resident memory of a server's tree",
  unit: "MiB",
  bound: { kind: "at most more", amount: 5 },
  sides: ["bare", "jailed", "bare again", "no namespaces"],
  async prepare(quick) {
    const project = makeLooseProject({ "server.cjs": program, "package.json": { name: "server" } });
    return {
      async sample(side) {
        const server = await serve(side, "server.cjs", project.folder, ["--allow-listen=127.0.0.1:0"]);
        // The launcher gives back what it needed to start.
        await sleep(quick ? 700 : 1000);
        const resident = residentTree(server.pid);
        await server.stop();
        return resident;
      },
      end: () => project.remove(),
    };
  },
};
