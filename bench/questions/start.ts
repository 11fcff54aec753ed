// How long does hello.js take, from the launcher's start to its end?
import type { Question, Side } from "../measure.ts";
import { command, peers, spawned } from "../programs.ts";
import { makeLooseProject } from "../../test/harness/index.ts";

export const startOfHello: Question = {
  name: "start of hello.js",
  unit: "ms",
  bound: { kind: "at most", ratio: 1.1 },
  sides: ["bare", "jailed", "bare again", "no namespaces", ...peers()],
  async prepare() {
    const project = makeLooseProject({ "hello.js": "console.log('hello');\n", "package.json": { name: "hello" } });
    return {
      sample: async (side: Side) => spawned(command(side, project.path("hello.js")), project.folder),
      end: () => project.remove(),
    };
  },
};
