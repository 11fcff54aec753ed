// How much does a flood of denied calls make the launcher grow?
import { readFileSync } from "node:fs";
import type { Question } from "../measure.ts";
import { command } from "../programs.ts";
import { makeLooseProject, start } from "../../test/harness/index.ts";

const program = `
  const dgram = require("dgram"), fs = require("fs"), count = Number(process.argv[2]);
  let n = 0;
  const flood = (end, done) => {
    for (let k = 0; k < 1000 && n < end; k++, n++) {
      const address = "10." + (n & 255) + "." + ((n >> 8) & 255) + ".1";
      try { fs.chmodSync("/etc/none-" + n, 0o600) } catch {}
      const socket = require("net").connect({ host: address, port: 1 + n % 60000 });
      socket.on("error", () => {});
      socket.destroy();
    }
    if (n < end) setImmediate(flood, end, done); else done();
  };
  flood(count / 4, () => { console.log("quarter"); process.stdin.once("data", () => flood(count, () => { console.log("all"); process.stdin.once("data", () => process.exit()) })) });
`;

/** KiB of the launcher's own memory that nothing shares. */
function resident(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
}

export const denials: Question = {
  name: "launcher's growth in a flood of denied calls",
  unit: "KiB",
  bound: { kind: "at most more", amount: 512 },
  sides: ["jailed"],
  most: 5,
  async prepare(quick) {
    const project = makeLooseProject({ "flood.cjs": program, "package.json": { name: "flood" } });
    return {
      async sample() {
        const { command: program, args } = command("jailed", "flood.cjs", ["--quiet"], [quick ? "20000" : "200000"]);
        const running = start(program, args, { cwd: project.folder, timeout: 600_000, interactive: true });
        await running.prints("quarter");
        const before = resident(running.child.pid ?? 0);
        running.child.stdin?.write("go\n");
        await running.prints("all");
        const growth = resident(running.child.pid ?? 0) - before;
        running.child.stdin?.write("end\n");
        await running.ended;
        return growth;
      },
      end: () => project.remove(),
    };
  },
};
