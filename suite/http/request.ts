// Looks at one request before the program sees it. Every request passes here, so this is a few comparisons.
import type { IncomingMessage, ServerResponse } from "node:http";
import { connectionOf, type Connection } from "./connection.ts";
import type { Reason } from "./drops.ts";
import type { Guard } from "./guard.ts";

/** Whether the request is answered here. */
export function isRefused(guard: Guard, request: IncomingMessage, response: ServerResponse): boolean {
  const connection = connectionOf(request.socket);
  if (connection === undefined) return false;
  const { client } = connection;
  const { settings, pressure } = guard;
  if (++connection.requests === 1) guard.fresh.delete(connection);
  if (connection.requests >= settings.requestsPerConnection) response.shouldKeepAlive = false;
  client.second++;
  if (request.rawHeaders.length > settings.headerCount * 2) return answer(guard, connection, response, 431, "too many headers");
  if (request.url !== undefined && request.url.length > settings.urlBytes) return answer(guard, connection, response, 414, "long url");
  if (settings.bodyBytes !== Infinity && isLarge(request, settings.bodyBytes)) return answer(guard, connection, response, 413, "large body");
  if (client.second > settings.requestsPerSecond) return answer(guard, connection, response, 429, "too many requests");
  if (pressure.isOverloaded && client.second > client.share) return answer(guard, connection, response, 503, "overloaded");
  return false;
}

function answer(guard: Guard, { client }: Connection, response: ServerResponse, status: number, reason: Reason): boolean {
  guard.drops.note(reason, client);
  client.offences++;
  response.setHeader("connection", "close");
  if (status === 503 || status === 429) response.setHeader("retry-after", 1);
  response.writeHead(status);
  response.end();
  return true;
}

/** By what it says of itself; a body without a length is counted as it comes. */
function isLarge(request: IncomingMessage, most: number): boolean {
  const length = Number(request.headers["content-length"] ?? 0);
  if (length > most) return true;
  if (request.headers["transfer-encoding"] !== undefined) countBody(request, most);
  return false;
}

function countBody(request: IncomingMessage, most: number): void {
  const push = request.push.bind(request);
  let size = 0;
  request.push = (chunk: Uint8Array | null, encoding?: BufferEncoding) => {
    size += chunk?.length ?? 0;
    if (size <= most) return push(chunk, encoding);
    request.destroy();
    return false;
  };
}
