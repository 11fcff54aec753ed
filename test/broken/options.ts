// The command line.
export type Options = { only: RegExp | undefined; resume: boolean; minutes: number; write: boolean; check: boolean; show: boolean };

/** @throws on a flag that it does not know. */
export function readOptions(args: readonly string[]): Options {
  const options: Options = { only: undefined, resume: false, minutes: Infinity, write: false, check: false, show: false };
  for (const arg of args) {
    const [name, value = ""] = arg.split("=");
    if (name === "--only") options.only = new RegExp(value);
    else if (name === "--continue") options.resume = true;
    else if (name === "--minutes" && Number(value) > 0) options.minutes = Number(value);
    else if (name === "--write") options.write = true;
    else if (name === "--check") options.check = true;
    else if (name === "--show") options.show = true;
    else throw new Error(`Unknown flag ${arg}; known: --only=<names> --continue (leave out what was noticed before) --minutes=<number> (begin nothing after that) --write (docs/broken-on-purpose.md) --check (only whether everything still fits the source) --show (what the tests printed)`);
  }
  return options;
}
