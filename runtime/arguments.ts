// `process.execArgv` as the program would see it on the bare engine.

/** Takes out `--require <bundle>`; children of this process get it again from the guard of child_process. */
export function hideFromArguments(bundle: string): void {
  const given = process.execArgv;
  for (let index = given.length - 2; index >= 0; index--) {
    if (given[index + 1] === bundle && (given[index] === "--require" || given[index] === "-r")) given.splice(index, 2);
  }
}
