// The launcher is killed: everything that it started has to go.
import { setTimeout as sleep } from "node:timers/promises";
import { makeLooseProject, settingFlags, startCordon } from "../harness/index.ts";
import { processesWith } from "./traces.ts";

/** A tree: the program, a worker, a child, a grandchild in a session of its own, one that ignores every signal. */
const program = `
  const { spawn } = require("child_process");
  if (process.argv[2] === undefined) {
    new (require("worker_threads").Worker)("setInterval(() => {}, 1000)", { eval: true });
    spawn(process.execPath, [__filename, "child"], { stdio: "inherit" });
  }
  if (process.argv[2] === "child") {
    for (const name of ["session", "stubborn"]) spawn(process.execPath, [__filename, name], { detached: true, stdio: "inherit" }).unref();
  }
  if (process.argv[2] === "stubborn") for (const signal of ["SIGTERM", "SIGHUP", "SIGINT", "SIGUSR2", "SIGQUIT"]) process.on(signal, () => {});
  setInterval(() => {}, 1000);
  console.log("up");
`;

export type Death = { /** Milliseconds from the launcher's death to that of the last of its tree. */ readonly after: number; readonly left: readonly string[] };

export async function killLauncher(flags: readonly string[]): Promise<Death> {
  const project = makeLooseProject({ "tree.js": program });
  const file = project.path("tree.js");
  try {
    const running = startCordon(["run", "--quiet", ...settingFlags, ...flags, "--allow-run=node", file]);
    await running.prints(/(up\n){4}/);
    const own = running.child.pid;
    running.child.kill("SIGKILL");
    await new Promise((resolve) => running.child.on("exit", resolve));
    const died = performance.now();
    const others = (): string[] => processesWith(file).filter((line) => !line.startsWith(`${own} `));
    let left = others();
    while (left.length > 0 && performance.now() - died < 30_000) {
      await sleep(5);
      left = others();
    }
    for (const line of left) process.kill(Number(line.split(" ")[0]), "SIGKILL");
    return { after: performance.now() - died, left };
  } finally {
    project.remove();
  }
}
