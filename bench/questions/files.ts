// What do 100,000 mixed fs calls cost?
import type { Question } from "../measure.ts";
import { selfMeasured } from "../programs.ts";
import { engine, makeLooseProject } from "../../test/harness/index.ts";

export const calls: string = `
  const fs = require("fs");
  for (let n = 0; n < 100; n++) fs.mkdirSync("out/d" + n % 10, { recursive: true });
  const rounds = Number(process.argv[2]) / 20;
  const before = performance.now();
  for (let n = 0; n < rounds; n++) {
    const name = "out/d" + n % 10 + "/f" + n % 100, read = "data/" + n % 50 + ".txt";
    fs.writeFileSync(name, "text");
    fs.statSync(name);
    fs.readFileSync(name, "utf8");
    fs.renameSync(name, name + "x");
    fs.existsSync(name);
    fs.appendFileSync(name + "x", "more");
    fs.unlinkSync(name + "x");
    const fd = fs.openSync(read, "r");
    fs.fstatSync(fd);
    fs.readSync(fd, Buffer.alloc(64));
    fs.closeSync(fd);
    fs.readFileSync(read);
    fs.statSync(read);
    fs.lstatSync(read);
    fs.accessSync(read);
    fs.readdirSync("data");
    fs.mkdirSync("out/new");
    fs.rmdirSync("out/new");
    fs.realpathSync.native(read);
    fs.existsSync("data/none");
  }
  console.log(performance.now() - before);
`;

export const data: Readonly<Record<string, string>> = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`data/${n}.txt`, "some text ".repeat(n)]));

export const files: Question = mixed("100,000 mixed fs calls", 1.12, []);
/** Where native code may run, the broker looks at each removal and each new folder: 15 in 100 of these calls. */
export const filesWithRun: Question = mixed("100,000 mixed fs calls with a run grant", 1.35, [`--allow-run=${engine}`]);

function mixed(name: string, ratio: number, flags: readonly string[]): Question {
  return {
    name,
    unit: "ms",
    bound: { kind: "at most", ratio },
    sides: ["bare", "jailed", "bare again", "no namespaces"],
    async prepare(quick) {
      const project = makeLooseProject({ "files.cjs": calls, "package.json": { name: "files" }, "out/x": "", ...data });
      return {
        sample: (side) => selfMeasured(side, "files.cjs", project.folder, ["--allow-write=./out", ...flags], [quick ? "20000" : "100000"]),
        end: () => project.remove(),
      };
    },
  };
}
