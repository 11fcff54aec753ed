// How long does `next build` take?
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Question } from "../measure.ts";
import { packages } from "../needs.ts";
import { cordon, engine, makeLooseProject, root, start } from "../../test/harness/index.ts";

export const next: Question = {
  name: "next build",
  unit: "ms",
  bound: { kind: "at most", ratio: 1.03 },
  sides: ["bare", "jailed", "bare again"],
  async prepare() {
    const project = makeLooseProject();
    // Not in the project: what HOME is in is never a program's own code.
    const home = makeLooseProject();
    cpSync(join(root, "bench/fixtures/next"), project.folder, { recursive: true });
    const others = /\/node_modules\/@(?:oven|deno)$/;
    cpSync(packages, project.path("node_modules"), { recursive: true, verbatimSymlinks: true, filter: (path) => !others.test(path) });
    const program = join("node_modules/next/dist/bin/next");
    const grants = ["--quiet", "--allow-write=./.next", "--allow-run=node", "--allow-addons=@next/swc-linux-x64-gnu", "--allow-addons=next", "--allow-addons=sharp"];
    const env = { NEXT_TELEMETRY_DISABLED: "1", CI: "1", HOME: home.folder, NODE_ENV: "production" };
    return {
      async sample(side) {
        rmSync(project.path(".next"), { recursive: true, force: true });
        const bare = side !== "jailed";
        const before = performance.now();
        const words = bare ? [program, "build"] : ["run", ...grants, program, "build"];
        const outcome = await start(bare ? engine : cordon, words, { cwd: project.folder, env, timeout: 600_000 }).ended;
        if (outcome.code !== 0) throw new Error(`${side}: ${outcome.stdout}${outcome.stderr}`);
        return performance.now() - before;
      },
      end() {
        project.remove();
        home.remove();
      },
    };
  },
};
