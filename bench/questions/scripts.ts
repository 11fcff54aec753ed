// How long does a script of package.json take, beside `npm run` and `bun run` on the same engine?
import { dirname } from "node:path";
import { existsSync } from "node:fs";
import type { Compared, Question, Side } from "../measure.ts";
import { bun } from "../needs.ts";
import { spawned, type Command } from "../programs.ts";
import { cordon, engine, makeLooseProject } from "../../test/harness/index.ts";

const SCRIPTS = { one: "node hello.js", two: "node hello.js && node hello.js" };

function commandOf(side: Side, script: string): Command {
  if (side.startsWith("npm run")) return { command: "npm", args: ["run", "--silent", script] };
  if (side.startsWith("bun run")) return { command: bun, args: ["run", "--silent", script] };
  return { command: cordon, args: ["run", script] };
}

function scripts(name: string, script: keyof typeof SCRIPTS, to: Compared, ratio: number, sides: readonly Side[]): Question {
  return {
    name,
    unit: "ms",
    bound: { kind: "at most", ratio },
    compare: { measured: "cordon run", to },
    sides,
    async prepare() {
      const project = makeLooseProject({ "hello.js": "console.log('hello');\n", "package.json": { name: "scripts", scripts: SCRIPTS } });
      // `node` is the same engine for all of them; npm itself runs on it too.
      const PATH = `${dirname(engine)}:${process.env["PATH"] ?? ""}`;
      return { sample: async (side) => spawned(commandOf(side, script), project.folder, { PATH }), end: () => project.remove() };
    },
  };
}

const sight: readonly Side[] = existsSync(bun) ? ["bun run"] : [];

export const script: Question = scripts("script of one command : npm run", "one", "npm run", 1, ["npm run", "cordon run", "npm run again"]);
export const shell: Question = scripts("script of two commands : npm run", "two", "npm run", 1, ["npm run", "cordon run", "npm run again", ...sight]);
export const besideBun: Question = scripts("script of one command : bun run", "one", "bun run", 1.2, ["bun run", "cordon run", "bun run again"]);
