// Starts and ends, of every kind, which must leave nothing behind.
import { setTimeout as sleep } from "node:timers/promises";
import { cordonRun, makeLooseProject } from "../harness/index.ts";
import { processesWith, traces } from "./traces.ts";

/** How a program may end; each leaves a mess that is not its to clean. */
const endings: readonly string[] = [
  "console.log('end')",
  "process.exit(3)",
  "process.kill(process.pid, 'SIGKILL')",
  "throw new Error('thrown')",
  "process.abort()",
  "require('fs').mkdirSync(require('os').tmpdir() + '/a/b', { recursive: true }); require('fs').writeFileSync(require('os').tmpdir() + '/a/b/c', 'x'); require('fs').chmodSync(require('os').tmpdir() + '/a/b', 0)",
  "require('fs').writeFileSync(require('os').homedir() + '/.config', 'x'); require('fs').chmodSync(require('os').homedir(), 0)",
  "require('net').createServer().listen(require('os').tmpdir() + '/s').unref()",
  "const c = require('child_process').spawn(process.execPath, [__filename, 'child'], { detached: true, stdio: 'ignore' }); c.unref()",
  "new (require('worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true }); setTimeout(() => process.exit(), 20)",
  "require('http').createServer().listen(0, '127.0.0.1', () => process.exit())",
];

export type Left = { readonly starts: number; readonly left: Record<string, readonly string[] | number> };

/** Starts and ends `count` programs, a few at once, and gives what is there that was not there before. */
export async function startAndEnd(count: number, flags: readonly string[] = []): Promise<Left> {
  const project = makeLooseProject(Object.fromEntries(endings.map((code, number) => [`end-${number}.js`, `if (process.argv[2] === 'child') setInterval(() => {}, 1000); else { ${code} }`])));
  // Not in the project: what a program sees is no place for its temporary folder, and cordon would take another.
  const elsewhere = makeLooseProject();
  const temporary = elsewhere.folder;
  try {
    const grants = ["--quiet", "--allow-run=node", "--allow-listen=127.0.0.1:0", ...flags];
    const run = (number: number): Promise<unknown> => cordonRun([...grants, project.path(`end-${number % endings.length}.js`)], { env: { TMPDIR: temporary } });
    await run(0); // Whatever the first run makes for all that follow is not a leak.
    const before = traces(temporary, project.folder);
    let next = 0;
    const starter = async (): Promise<void> => {
      while (next < count) await run(next++);
    };
    await Promise.all([starter(), starter()]);
    await settle(project.folder);
    return { starts: count, left: beyond(before, traces(temporary, project.folder)) };
  } finally {
    project.remove();
    elsewhere.remove();
  }
}

/** Dead processes are gone once they are reaped, which is not at the same instant. */
async function settle(mark: string): Promise<void> {
  for (let round = 0; round < 100 && processesWith(mark).length > 0; round++) await sleep(100);
}

function beyond<T extends object>(before: T, after: T): Record<string, readonly string[] | number> {
  const left: Record<string, readonly string[] | number> = {};
  const earlier = new Map<string, unknown>(Object.entries(before));
  for (const [name, value] of Object.entries(after)) {
    const was = earlier.get(name);
    if (Array.isArray(value) && Array.isArray(was)) {
      const more = value.filter((item: string) => !was.includes(item));
      if (more.length > 0) left[name] = more;
    } else if (typeof value === "number" && typeof was === "number" && value > was) {
      left[name] = value - was;
    }
  }
  return left;
}
