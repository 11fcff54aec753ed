// `process.execArgv` as the program would see it on the bare engine.

/** What the launcher may put before and behind the runtime. */
const BEFORE = "--v8-pool-size=";
const BEHIND = "--no-experimental-ffi";

/** Takes out cordon's own arguments and returns them: children that run the engine get them too. */
export function takeOwnArguments(bundle: string): string[] {
  const given = process.execArgv;
  const at = given.lastIndexOf(bundle);
  if (at < 1) return ["--require", bundle];
  const first = given[at - 2]?.startsWith(BEFORE) === true ? at - 2 : at - 1;
  return given.splice(first, at + (given[at + 1] === BEHIND ? 2 : 1) - first);
}
