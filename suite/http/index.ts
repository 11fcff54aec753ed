// The guard of HTTP servers, bundled into dist/http.cjs: loaded when a program makes its first server.
import { createGuard } from "./guard.ts";
import { createSeen, type Seen } from "./seen.ts";
import { createEmitting, type Emitting } from "./servers.ts";
import { settingsOf } from "./settings.ts";

/** What stands in for the `emit` of servers, and what a program may see. */
export type HttpGuard = { emitting: Emitting; seen: Seen };

/** Makes the guard of this thread; `given` is what the manifest says. */
export function createHttpGuard(given: Readonly<Record<string, unknown>> | false): HttpGuard {
  const settings = settingsOf(given === false ? {} : given);
  const write = settings.log ? (line: string): void => void process.stderr.write(line) : undefined;
  const guard = createGuard(settings, write);
  return { emitting: createEmitting(guard), seen: createSeen(guard, given !== false) };
}
