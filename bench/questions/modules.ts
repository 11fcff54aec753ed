// What does it cost to require 1,000 modules?
import type { Question } from "../measure.ts";
import { selfMeasured } from "../programs.ts";
import { makeLooseProject } from "../../test/harness/index.ts";

export const modules: Question = {
  name: "requiring 1,000 modules",
  unit: "ms",
  bound: { kind: "at most", ratio: 1.05 },
  sides: ["bare", "jailed", "bare again", "no namespaces"],
  async prepare() {
    const packages: Record<string, string> = {};
    for (let n = 0; n < 100; n++) {
      packages[`node_modules/p${n}/package.json`] = JSON.stringify({ name: `p${n}`, main: "lib/index.js" });
      packages[`node_modules/p${n}/lib/index.js`] = `${Array.from({ length: 9 }, (_, m) => `exports.m${m} = require('./m${m}');`).join("\n")}\n`;
      for (let m = 0; m < 9; m++) packages[`node_modules/p${n}/lib/m${m}.js`] = `module.exports = function m${m}() { return ${n} + ${m}; };\n`;
    }
    const program = "const before = performance.now(); for (let n = 0; n < 100; n++) require('p' + n); console.log(performance.now() - before);";
    const project = makeLooseProject({ "modules.cjs": program, "package.json": { name: "modules" }, ...packages });
    return { sample: (side) => selfMeasured(side, "modules.cjs", project.folder), end: () => project.remove() };
  },
};
