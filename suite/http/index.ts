// The guard of HTTP servers, bundled into dist/http.cjs: loaded when a program makes its first server.
import { createGuard } from "./guard.ts";
import { createEmitting, type Emitting } from "./servers.ts";
import { settingsOf } from "./settings.ts";

/** Makes the guard of this thread; `given` is what the manifest says. Gives what stands in for the `emit` of servers. */
export function createHttpGuard(given: Readonly<Record<string, unknown>>): Emitting {
  const settings = settingsOf(given);
  const write = settings.log ? (line: string): void => void process.stderr.write(line) : undefined;
  return createEmitting(createGuard(settings, write));
}
