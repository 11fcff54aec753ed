// Looks at one request before the program sees it. Every request passes here, so this is a few comparisons.
import type { IncomingMessage, ServerResponse } from "node:http";
import { connectionOf, type Connection, type WebSocketLike } from "./connection.ts";
import { networkOf } from "./address.ts";
import { isBeyondRate, isBeyondShare, type Client } from "./client.ts";
import type { Reason } from "./drops.ts";
import type { Guard } from "./guard.ts";

/** Whose request it is that a proxy passes on. */
export function askerOf({ proxies, clients }: Guard, { client }: Connection, headers: Readonly<Record<string, unknown>>): Client {
  const address = proxies?.clientIn(headers);
  return address === undefined ? client : clients.of(networkOf(address));
}

/** Whether an upgrade or a tunnel ends before the program sees it: with a reset, as there is no answer to write into. */
export function isTunnelRefused(guard: Guard, request: IncomingMessage): boolean {
  const connection = connectionOf(request.socket);
  if (connection === undefined) return false;
  const { settings } = guard;
  if (++connection.requests === 1) guard.fresh.delete(connection);
  guard.requests++;
  const client = connection.isProxied ? askerOf(guard, connection, request.headers) : connection.client;
  if (isBeyondShare(client, connection, guard.second)) return cut(guard, connection, "overloaded");
  if (request.rawHeaders.length > settings.headerCount * 2) return cut(guard, connection, "too many headers");
  return (request.url?.length ?? 0) > settings.urlBytes && cut(guard, connection, "long url");
}

/** The same for a request that the program checks first, and may then give to itself as one. */
export function isCheckRefused(guard: Guard, request: IncomingMessage, response: ServerResponse): boolean {
  const isOver = isRefused(guard, request, response);
  const connection = connectionOf(request.socket);
  if (connection !== undefined) connection.checked = response;
  return isOver;
}

/** Whether the request is answered here. */
export function isRefused(guard: Guard, request: IncomingMessage, response: ServerResponse): boolean {
  // That of HTTP/2 was looked at as a stream, and its `socket` is a proxy that is made when it is asked for.
  if ("stream" in request) return false;
  const connection = connectionOf(request.socket);
  if (connection === undefined) return false;
  // What the engine still finds in its buffer after a reset.
  if (connection.gone) return true;
  // The program passes on what it was asked to check.
  if (connection.checked === response) return false;
  const client = connection.isProxied ? askerOf(guard, connection, request.headers) : connection.client;
  const { settings } = guard;
  if (++connection.requests === 1) guard.fresh.delete(connection);
  if (connection.requests >= settings.requestsPerConnection) response.shouldKeepAlive = false;
  guard.requests++;
  const isTooMuch = isBeyondShare(client, connection, guard.second);
  if (isAhead(connection, request, response)) return cut(guard, connection, "pipelining");
  if (isMalformed(request)) return answer(guard, connection, client, response, 400, "malformed");
  if (request.rawHeaders.length > settings.headerCount * 2) return answer(guard, connection, client, response, 431, "too many headers");
  if (request.url !== undefined && request.url.length > settings.urlBytes) return answer(guard, connection, client, response, 414, "long url");
  if (settings.bodyBytes !== Infinity && isLarge(request, settings.bodyBytes)) return answer(guard, connection, client, response, 413, "large body");
  if (isBeyondRate(client, settings.requestsPerSecond, guard.shared)) return answer(guard, connection, client, response, 429, "too many requests");
  if (isTooMuch) return shed(guard, connection, client, response);
  return false;
}

/** What the engine's parser lets pass: HTTP/0.9, a second Host (RFC 9112, section 3.2), targets that are neither a path nor an URL. */
function isMalformed({ httpVersionMajor, rawHeaders, url = "" }: IncomingMessage): boolean {
  if (httpVersionMajor < 1) return true;
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  return hosts > 1 || (url.charCodeAt(0) !== SLASH && url !== "*" && !URL.canParse(url));
}

const SLASH = 47;

/** More than any client that means it: the engine takes in what fits into its buffer, two thousand requests at once. */
const MOST_AHEAD = 64;

function isAhead(connection: Connection, request: IncomingMessage, response: ServerResponse): boolean {
  const current = (request.socket as WebSocketLike)._httpMessage;
  connection.ahead = current === response ? 0 : connection.ahead + 1;
  return connection.ahead > MOST_AHEAD;
}

/** Whoever sends on beyond four times its share has not heard the first answer. */
function shed(guard: Guard, connection: Connection, client: Client, response: ServerResponse): boolean {
  return client.second > client.share * 4 && !connection.isProxied ? cut(guard, connection, "overloaded") : answer(guard, connection, client, response, 503, "overloaded");
}

function cut(guard: Guard, connection: Connection, reason: Reason): true {
  guard.drop(connection, reason);
  return true;
}

function answer(guard: Guard, { isProxied }: Connection, client: Client, response: ServerResponse, status: number, reason: Reason): true {
  guard.drops.note(reason, client);
  client.offences++;
  // A proxy keeps its connection for its other clients, unless what it passed on may hide a second request.
  if (!isProxied || status === 400 || status === 413) response.setHeader("connection", "close");
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
