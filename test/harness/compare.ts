// The same program on the bare engine and under cordon.
import assert from "node:assert/strict";
import { makeProject, type Files, type Owner, type Project } from "./project.ts";
import { cordonRun, engineRun, type Outcome, type RunOptions } from "./run.ts";

/** Flags that grant a program everything that the tests' programs use. */
export type Comparison = RunOptions & {
  /** cordon's own flags, before the entry. */
  flags?: readonly string[];
  /** Looks away from what is bound to differ. */
  normalise?: (text: string, project: Project) => string;
};

/** Runs `args` in a project of `files` both ways and demands the same output and the same end. Gives cordon's outcome. */
export async function behavesAlike(owner: Owner, files: Files, args: readonly string[], options: Comparison = {}): Promise<Outcome> {
  const { flags = [], normalise = (text) => text, ...run } = options;
  const seen = async (mode: "bare" | "jailed"): Promise<Outcome> => {
    const project = makeProject(owner, files);
    if (run.as === "ordinary") project.give();
    const here = { cwd: project.folder, ...run };
    const outcome = mode === "bare" ? await engineRun(args, here) : await cordonRun([...flags, ...args], here);
    const plain = (text: string): string => normalise(text.replaceAll(project.folder, "<project>"), project);
    return { ...outcome, stdout: plain(outcome.stdout), stderr: plain(outcome.stderr) };
  };
  const bare = await seen("bare");
  const jailed = await seen("jailed");
  assert.deepEqual(jailed, bare, `cordon run ${[...flags, ...args].join(" ")} differs from the bare engine`);
  return jailed;
}
