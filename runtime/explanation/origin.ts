// Which package's code made a call, by the stack: advisory, since the program can forge it.

export type Origin = {
  /** Name of the package, or null for the program's own code. */
  package: string | null;
  file: string | null;
  line: number | null;
};

const FRAME = /^ +at (?:.*? \()?(?:async )?(?:file:\/\/)?(\/.*?):(\d+):\d+\)?$/;
/** Packages that stand between a program and node:fs or node:child_process: the caller behind them is what matters. */
const GO_BETWEENS: ReadonlySet<string> = new Set(["graceful-fs", "fs-extra", "universalify", "jsonfile", "pify", "cross-spawn", "execa", "write-file-atomic", "tslib"]);

/** The first frame that is neither the engine's nor cordon's, and not in a package that only passes calls on. */
export function findOrigin(stack: string, ownFolder: string): Origin {
  let second: Origin | undefined;
  for (const text of stack.split("\n")) {
    const frame = FRAME.exec(text);
    const file = frame?.[1];
    if (file === undefined || file.startsWith(`${ownFolder}/`)) continue;
    const origin = { package: packageOf(file), file, line: Number(frame?.[2]) };
    if (origin.package === null || !GO_BETWEENS.has(origin.package)) return origin;
    second ??= origin;
  }
  return second ?? { package: null, file: null, line: null };
}

/** The package that a file belongs to, by the last node_modules in its path. */
export function packageOf(file: string): string | null {
  const at = file.lastIndexOf("/node_modules/");
  if (at < 0) return null;
  const [first = "", second = ""] = file.slice(at + "/node_modules/".length).split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}
