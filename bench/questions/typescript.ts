// What does TypeScript cost beside JavaScript on the bare engine: one file with an enum, and many modules?
import { rmSync } from "node:fs";
import type { Question, Side } from "../measure.ts";
import { command, peers, spawned } from "../programs.ts";
import { makeLooseProject, type Project } from "../../test/harness/index.ts";

const FILES = {
  "hello.js": "console.log('hello');\n",
  "hello.ts": "enum Greeting { Hello = 'hello' }\nconst text: string = Greeting.Hello;\nconsole.log(text);\n",
  "package.json": { name: "hello" },
};

/** `forget` is called before each start; `caches` is the folder in which cordon keeps what it transformed. */
function start(name: string, ratio: number, sides: readonly Side[], forget: (caches: string) => void): Question {
  return {
    name,
    unit: "ms",
    bound: { kind: "at most", ratio },
    sides,
    async prepare() {
      const project = makeLooseProject(FILES);
      // Not in the project: what the program can read is no place for a cache.
      const caches = makeLooseProject();
      return {
        async sample(side) {
          forget(caches.folder);
          return spawned(command(side, side.startsWith("bare") ? "hello.js" : "hello.ts"), project.folder, { XDG_CACHE_HOME: caches.folder });
        },
        end: () => removeAll([project, caches]),
      };
    },
  };
}

export const warm: Question = start("TypeScript with an enum, warm : hello.js", 1.15, ["bare", "jailed", "bare again", "no namespaces", ...peers()], () => {});

export const cold: Question = start("TypeScript with an enum, cold : hello.js", 1.8, ["bare", "jailed", "bare again", "no namespaces"], (caches) => {
  rmSync(`${caches}/cordon`, { recursive: true, force: true });
});

const MODULES = 300;

function modulesIn(ending: "js" | "ts"): Record<string, string> {
  const typed = ending === "ts" ? ": number" : "";
  const files: Record<string, string> = {};
  for (let n = 0; n < MODULES; n++) files[`m${n}.${ending}`] = `export const base${n}${typed} = ${n};\nexport function add${n}(one${typed}, other${typed})${typed} {\n  return one + other + base${n};\n}\n`;
  const imports = Array.from({ length: MODULES }, (_, n) => `import { add${n} } from "./m${n}.${ending}";\n`).join("");
  return { ...files, [`main.${ending}`]: `${imports}console.log([${Array.from({ length: MODULES }, (_, n) => `add${n}(1, 2)`).join()}].length);\n` };
}

/** Both on cordon: what the language costs, not what the jail does. */
export const modules: Question = {
  name: "300 TypeScript modules, warm : as JavaScript",
  unit: "ms",
  bound: { kind: "at most", ratio: 1.1 },
  compare: { measured: "jailed", to: "JavaScript" },
  sides: ["JavaScript", "jailed", "JavaScript again", "bare", ...peers()],
  async prepare() {
    const project = makeLooseProject({ ...modulesIn("js"), ...modulesIn("ts"), "package.json": { name: "modules", type: "module" } });
    const caches = makeLooseProject();
    return {
      async sample(side) {
        const isScript = side === "bare" || side.startsWith("JavaScript");
        const started = side.startsWith("JavaScript") ? "jailed" : side;
        return spawned(command(started, isScript ? "main.js" : "main.ts"), project.folder, { XDG_CACHE_HOME: caches.folder });
      },
      end: () => removeAll([project, caches]),
    };
  },
};

function removeAll(projects: readonly Project[]): void {
  for (const project of projects) project.remove();
}
