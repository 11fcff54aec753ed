// What every test of the real `cordon` starts from.
export { behavesAlike, type Comparison } from "./compare.ts";
export { cordon, engine, root, settingFlags } from "./place.ts";
export { type Files, makeLooseProject, makeProject, type Owner, type Project } from "./project.ts";
export { cordonRun, engineRun, type Outcome, patience, plainEnvironment, runCordon, type Running, type RunOptions, start, startCordon } from "./run.ts";
export { openTerminal, quote, type Terminal } from "./terminal.ts";
export { asOrdinary, ordinary, ordinaryInstallation } from "./user.ts";
