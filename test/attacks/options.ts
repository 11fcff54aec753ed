// The battery's command line.
export type Options = { all: boolean; filter: RegExp | undefined; jobs: number; bare: boolean; cells: RegExp | undefined; keep: boolean };

/** @throws on a flag that it does not know. */
export function readOptions(args: readonly string[]): Options {
  const options: Options = { all: false, filter: undefined, jobs: 2, bare: false, cells: undefined, keep: false };
  for (const arg of args) {
    const [name, value = ""] = arg.split("=");
    if (name === "--all") options.all = true;
    else if (name === "--bare") options.bare = true;
    else if (name === "--keep") options.keep = true;
    else if (name === "--filter") options.filter = new RegExp(value);
    else if (name === "--cells") options.cells = new RegExp(value);
    else if (name === "--jobs" && Number(value) > 0) options.jobs = Number(value);
    else throw new Error(`Unknown flag ${arg}; known: --all --filter=<class/name> --jobs=<number> --cells=<surroundings> --bare (only the proofs on the bare engine) --keep (leave the folders)`);
  }
  return options;
}
