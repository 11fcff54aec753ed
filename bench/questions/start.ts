// How long does hello.js take, from the launcher's start to its end?
import { spawnSync } from "node:child_process";
import type { Question } from "../measure.ts";
import { command, peers } from "../programs.ts";
import { makeLooseProject } from "../../test/harness/index.ts";

export const startOfHello: Question = {
  name: "start of hello.js",
  unit: "ms",
  bound: { kind: "at most", ratio: 1.1 },
  sides: ["bare", "jailed", "bare again", "no namespaces", ...peers()],
  async prepare() {
    const project = makeLooseProject({ "hello.js": "console.log('hello');\n", "package.json": { name: "hello" } });
    return {
      async sample(side) {
        const { command: program, args } = command(side, project.path("hello.js"));
        const before = performance.now();
        const ended = spawnSync(program, args, { cwd: project.folder, stdio: ["ignore", "ignore", "inherit"] });
        const took = performance.now() - before;
        if (ended.status !== 0) throw new Error(`${side} ended with ${ended.status ?? ended.signal}`);
        return took;
      },
      end: () => project.remove(),
    };
  },
};
