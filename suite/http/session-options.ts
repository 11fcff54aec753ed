// What the engine is told of a server's sessions of HTTP/2, and of one of them before it begins.
import { isFlooding } from "./client.ts";
import type { Connection } from "./connection.ts";
import { fieldOf } from "./fields.ts";
import type { Settings } from "./settings.ts";

type Options = { settings?: Record<string, number> } & Record<string, unknown>;
/** Of the servers whose program has not said how many streams a session may have: what the engine is told now, and usually. */
type Servers = WeakMap<object, { readonly options: Options; readonly usual: number; now: number }>;

export type SessionOptions = {
  /** A server begins to listen. */
  adjust(server: object): void;
  /** The engine is about to make the session of a connection. */
  begin(server: object, connection: Connection): void;
};

/** Streams at one time of a client that lost a session to a flood lately: the engine makes each of them before it sees that it was given up. */
const FEW = 10;

export function createSessionOptions(settings: Settings): SessionOptions {
  const servers: Servers = new WeakMap();
  return {
    adjust: (server) => adjust(servers, server, settings),
    begin(server, { client, isProxied }) {
      const known = servers.get(server);
      if (known === undefined) return;
      const streams = isFlooding(client) && !isProxied ? Math.min(FEW, known.usual) : known.usual;
      // The program may have said so since.
      if (streams === known.now || known.options.settings?.["maxConcurrentStreams"] !== known.now) return;
      known.now = streams;
      known.options.settings = { ...known.options.settings, maxConcurrentStreams: streams };
    },
  };
}

/** What the engine can hold by itself it holds for nothing; what the program has set stays. */
function adjust(servers: Servers, server: object, settings: Settings): void {
  const options = fieldOf(server, "options") as Options | undefined;
  if (options === undefined) return;
  // Clients that begin before they have read how many streams they may open lose the rest, and not the session. The engine counts
  // what it refuses as a reset too.
  const early = settings.streams === Infinity ? 0 : settings.streams * 4;
  options["maxSessionRejectedStreams"] ??= Math.max(early, 100);
  // In the middle of what was read: the guard sees streams only when all of it was taken in.
  if (settings.streamResets !== Infinity) {
    options["streamResetBurst"] ??= settings.streamResets + early;
    options["streamResetRate"] ??= Math.ceil(settings.streamResets / 10);
  }
  options["maxSessionInvalidFrames"] ??= early + 100;
  const own: Record<string, number> = {};
  if (settings.streams !== Infinity) own["maxConcurrentStreams"] = settings.streams;
  if (settings.headerBytes !== Infinity) own["maxHeaderListSize"] = settings.headerBytes;
  options.settings = { ...own, ...options.settings };
  if (options.settings["maxConcurrentStreams"] === settings.streams) servers.set(server, { options, usual: settings.streams, now: settings.streams });
}
