// What the manifest says of the guard, and what holds without it. docs/http.md gives the reasons.

/** Sizes in bytes, times in milliseconds; Infinity is no limit. */
export type Settings = {
  connections: number;
  connectionsPerAddress: number;
  newConnectionsPerSecond: number;
  requestsPerConnection: number;
  requestsPerSecond: number;
  headerBytes: number;
  headerCount: number;
  urlBytes: number;
  headersTimeout: number;
  handshakeTimeout: number;
  idleTimeout: number;
  bodyBytes: number;
  bodyRate: number;
  bodyTimeout: number;
  sendRate: number;
  sendTimeout: number;
  streams: number;
  streamResets: number;
  controlBytes: number;
  loopDelay: number;
  trustedProxies: readonly string[];
  proxyProtocol: boolean;
  shared: string | undefined;
  log: boolean;
};

export type Limit = { [Name in keyof Settings]: Settings[Name] extends number ? Name : never }[keyof Settings];

export const DEFAULTS: Settings = {
  connections: 10_000,
  connectionsPerAddress: 1000,
  newConnectionsPerSecond: 1000,
  requestsPerConnection: 100_000,
  requestsPerSecond: Infinity,
  headerBytes: 16 * 1024,
  headerCount: 128,
  urlBytes: 8 * 1024,
  headersTimeout: 10_000,
  handshakeTimeout: 10_000,
  idleTimeout: 600_000,
  bodyBytes: Infinity,
  bodyRate: 256,
  bodyTimeout: 20_000,
  sendRate: 256,
  sendTimeout: 120_000,
  streams: 100,
  streamResets: 200,
  controlBytes: 64 * 1024,
  loopDelay: 300,
  trustedProxies: [],
  proxyProtocol: false,
  shared: undefined,
  log: true,
};

/** The launcher has looked at `given`; what it left out has its default. */
export function settingsOf(given: Readonly<Record<string, unknown>>): Settings {
  const settings: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given)) {
    if (!(name in DEFAULTS)) continue;
    settings[name] = typeof settings[name] === "number" && value === false ? Infinity : value;
  }
  return settings as Settings;
}
