// Small programs of different kinds, learned in every test run; `npm run test:learn` does the same with real tools.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { makeProject, runCordon } from "../harness/index.ts";
import { programs, type Program } from "./programs.ts";
import { copyAgain, prove, type Subject } from "./proof.ts";

describe("cordon learn", { concurrency: 2 }, () => {
  for (const program of programs) test(program.name, async (t) => void (await prove(subject(t, program))));
});

function subject(t: TestContext, program: Program): Subject {
  const project = join(makeProject(t).folder, "project");
  const pristine = makeProject(t, program.files).folder;
  mkdirSync(project);
  return {
    folder: project,
    needs: program.needs,
    reset: () => copyAgain(pristine, project),
    async run(words) {
      const outcome = await runCordon([...words, ...program.words], { cwd: project, env: program.env ?? {} });
      return { ...outcome, did: outcome.stdout };
    },
  };
}
