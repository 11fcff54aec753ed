// The guard of HTTP servers, bundled into dist/http.cjs: loaded when a program makes its first server.
import { createGuard, type Sharing } from "./guard.ts";
import { createSeen, type Seen } from "./seen.ts";
import { createEmitting, type Emitting } from "./servers.ts";
import { settingsOf } from "./settings.ts";

/** What stands in for the `emit` of servers, and what a program may see. */
export type HttpGuard = { emitting: Emitting; seen: Seen };

/** Makes the guard of this thread; `given` is what the manifest says, `load` gives the bundle of shared counters. */
export function createHttpGuard(given: Readonly<Record<string, unknown>> | false, load: () => { createShared: (url: string, surroundings: Parameters<Sharing>[0]) => ReturnType<Sharing> }): HttpGuard {
  const settings = settingsOf(given === false ? {} : given);
  const write = settings.log ? (line: string): void => void process.stderr.write(line) : undefined;
  const { shared } = settings;
  const guard = createGuard(settings, write, shared === undefined ? undefined : (surroundings) => load().createShared(shared, surroundings));
  return { emitting: createEmitting(guard), seen: createSeen(guard, given !== false) };
}
