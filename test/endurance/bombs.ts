// Programs that want everything. Each has a bound of its own, far above its limit, so that a limit that fails does not
// take the machine with it.
import { makeLooseProject, type Outcome, settingFlags, start } from "../harness/index.ts";
import { cordon } from "../harness/index.ts";
import { processesWith } from "./traces.ts";

export type Bomb = {
  readonly name: string;
  readonly limits: Record<string, string | number>;
  /** Prints "through" if it gets to its own bound. */
  readonly program: string;
};

export const bombs: readonly Bomb[] = [
  {
    name: "fork",
    limits: { processes: 12, time: "60s" },
    program: `
      const depth = Number(process.argv[2] ?? 0);
      if (depth < 6) for (const n of [1, 2]) require("child_process").spawn(process.execPath, [__filename, String(depth + 1)], { stdio: "ignore", detached: true }).on("error", () => {});
      setTimeout(() => console.log("through"), 45000);
    `,
  },
  {
    name: "memory",
    limits: { memory: "200MB", time: "60s" },
    program: "const all = []; const more = () => { if (all.length === 80) { console.log('through'); process.exit(); } all.push(Buffer.alloc(16 << 20, all.length + 1)); setTimeout(more, 10); }; more();",
  },
  {
    name: "memory of children",
    limits: { memory: "250MB", time: "60s" },
    program: `
      if (process.argv[2] === "child") { globalThis.all = Buffer.alloc(64 << 20, 1); setInterval(() => {}, 1000); }
      else { for (let n = 0; n < 8; n++) require("child_process").spawn(process.execPath, [__filename, "child"], { stdio: "ignore", detached: true }); setTimeout(() => console.log("through"), 45000); }
    `,
  },
  {
    name: "file",
    limits: { fileSize: "8MB", time: "60s" },
    program: `
      const fs = require("fs"), path = require("os").tmpdir() + "/big", chunk = Buffer.alloc(1 << 20);
      process.on("SIGXFSZ", () => {});
      for (let n = 0; n < 64; n++) fs.appendFileSync(path, chunk);
      console.log("through");
    `,
  },
  { name: "descriptors", limits: { descriptors: 64, time: "60s" }, program: "for (let n = 0; n < 1000; n++) require('fs').openSync(__filename); console.log('through');" },
  { name: "processor", limits: { cpu: "2s", time: "60s" }, program: "const end = Date.now() + 40000; while (Date.now() < end); console.log('through');" },
  { name: "time", limits: { time: "2s" }, program: "setTimeout(() => console.log('through'), 45000);" },
  { name: "output", limits: { time: "3s" }, program: "const line = 'x'.repeat(65536) + '\\n'; const more = () => { while (process.stdout.write(line)); process.stdout.once('drain', more); }; more();" },
];

/** Runs a bomb into `head`, so that output is thrown away, and says how it ended. */
export async function explode(bomb: Bomb, flags: readonly string[]): Promise<Outcome & { readonly left: readonly string[] }> {
  const project = makeLooseProject({
    "bomb.js": bomb.program,
    "package.json": { name: "bomb", cordon: { permissions: { run: ["node"] }, limits: bomb.limits } },
  });
  const file = project.path("bomb.js");
  try {
    // Through a shell: what the bomb prints is not gathered, only looked for.
    const script = '"$@" | grep -c through; exit "${PIPESTATUS[0]}"';
    const words = [cordon, "run", "--quiet", ...settingFlags, ...flags, file];
    const outcome = await start("bash", ["-c", script, "bash", ...words], { cwd: project.folder, timeout: 120_000 }).ended;
    return { ...outcome, left: processesWith(file) };
  } finally {
    project.remove();
  }
}
