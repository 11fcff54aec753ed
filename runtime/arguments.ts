// `process.execArgv` as the program would see it on the bare engine.

/** What the launcher may add behind the runtime. */
const ADDED = "--no-experimental-ffi";

/** Takes out cordon's own arguments and returns them: children that run the engine get them too. */
export function takeOwnArguments(bundle: string): string[] {
  const given = process.execArgv;
  const at = given.lastIndexOf(bundle);
  if (at < 1) return ["--require", bundle];
  return given.splice(at - 1, given[at + 1] === ADDED ? 3 : 2);
}
