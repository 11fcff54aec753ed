// What the engine itself offers against the same things, set to the same values: for the contrast (contrast.ts), in which every
// test of a limit has to fail.

type Given = Readonly<Record<string, unknown>>;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, B: 1, KB: 1 << 10, MB: 1 << 20 };

function number(given: Given, name: string, otherwise: number): number {
  const value = given[name];
  if (typeof value === "number") return value;
  const [, digits = "", unit = ""] = /^(\d+)([A-Za-z]+)$/.exec(typeof value === "string" ? value : "") ?? [];
  return digits === "" ? otherwise : Number(digits) * (UNITS[unit] ?? 1);
}

/** Code for the beginning of a program: its servers have the engine's options. */
export function withEngineOptions(given: Given, isModule: boolean): string {
  const require = isModule ? 'import { createRequire, syncBuiltinESMExports } from "node:module"; const require = createRequire(import.meta.url);\n' : "";
  return `${require}${patch(given)}${isModule ? "syncBuiltinESMExports();\n" : ""}`;
}

function patch(given: Given): string {
  const headersTimeout = number(given, "headersTimeout", 10_000);
  const options = {
    headersTimeout,
    requestTimeout: Math.max(headersTimeout, number(given, "bodyTimeout", 20_000)),
    connectionsCheckingInterval: 1000,
    maxHeaderSize: number(given, "headerBytes", 16 << 10),
    handshakeTimeout: number(given, "handshakeTimeout", 10_000),
    keepAliveTimeout: number(given, "idleTimeout", 600_000),
  };
  const fields = {
    maxConnections: number(given, "connections", 10_000),
    maxHeadersCount: number(given, "headerCount", 128),
    maxRequestsPerSocket: number(given, "requestsPerConnection", 100_000),
    timeout: number(given, "sendTimeout", 120_000),
  };
  const streams = number(given, "streams", 100);
  const resets = number(given, "streamResets", 200);
  const http2 = {
    settings: { maxConcurrentStreams: streams, maxHeaderListSize: number(given, "headerBytes", 16 << 10) },
    streamResetBurst: resets, streamResetRate: resets / 10, maxSessionInvalidFrames: 100, maxSessionRejectedStreams: 100, maxHeaderListPairs: 128,
  };
  return `for (const [name, options] of [["node:http", ${JSON.stringify(options)}], ["node:https", ${JSON.stringify(options)}], ["node:http2", ${JSON.stringify(http2)}]]) {
  const module = require(name);
  for (const maker of ["createServer", "createSecureServer"].filter((one) => one in module)) {
    const original = module[maker];
    module[maker] = (given, listener) => Object.assign(typeof given === "function" ? original(options, given) : original({ ...options, ...given }, listener), ${JSON.stringify(fields)});
  }
}
`;
}
