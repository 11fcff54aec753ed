// How the guard comes to the servers: what a server tells its listeners passes here first. The engine calls `emit` by the
// prototype, whatever class, framework or port the server is of.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { connectionOf, mark, type Connection, type Handle, type WebSocketLike } from "./connection.ts";
import type { Guard } from "./guard.ts";
import { DEFAULTS } from "./settings.ts";
import { readAhead, type Named } from "./read-ahead.ts";
import { isCheckRefused, isRefused, isTunnelRefused } from "./request.ts";
import { createSessionOptions } from "./session-options.ts";
import { isStreamRefused, watchStreams } from "./session.ts";

type Emit = (this: unknown, ...args: unknown[]) => unknown;
type OnConnection = (this: unknown, error: unknown, handle: Handle) => unknown;
type ListeningHandle = { onconnection?: OnConnection; cordon?: true };
type AnyServer = Server & { _handle?: ListeningHandle | null };

/** Gives what stands in for a function. */
export type Emitting = (original: Emit) => Emit;

/** What stands in for the `emit` of servers. */
export function createEmitting(guard: Guard): Emitting {
  /** The connection whose socket the engine is about to make. */
  let admitted: Connection | undefined;
  const guarded = new WeakSet<object>();
  const newSession = watchStreams(guard);
  const sessionOptions = createSessionOptions(guard.settings);

  function listening(server: AnyServer): void {
    adjust(server, guard);
    if ("updateSettings" in server) sessionOptions.adjust(server);
    const handle = server._handle;
    const original = handle?.onconnection;
    if (handle === undefined || handle === null || original === undefined || guarded.has(handle)) return;
    guarded.add(handle);
    handle.onconnection = function (this: unknown, error: unknown, client: Handle): unknown {
      if (error) return Reflect.apply(original, this, [error, client]);
      admitted = guard.admit(client);
      if (admitted === undefined) return undefined;
      const connection = admitted;
      try {
        return Reflect.apply(original, this, [error, client]);
      } finally {
        admitted = undefined;
        // The server itself refused it.
        if (connection.socket === undefined) guard.closed(connection);
      }
    };
  }

  /** Whether the connection has to wait for what its proxy says. */
  function connected(server: AnyServer, socket: Socket): boolean {
    if (connectionOf(socket) !== undefined) return false;
    const connection = admitted ?? handedOver(socket);
    admitted = undefined;
    if (connection === undefined) return false;
    connection.socket = socket;
    mark(socket, connection);
    socket.on("close", onClose);
    const goOn = (): void => {
      sessionOptions.begin(server, connection);
      if (!isSecure(server)) connection.web = socket;
      connection.mark = guard.now();
    };
    if (!guard.settings.proxyProtocol || !connection.isProxied) {
      goOn();
      return false;
    }
    readAhead(guard, connection, socket, () => {
      goOn();
      server.emit("connection", socket);
    });
    return true;
  }

  /** A socket that a program accepted on its own, and gives to the server. */
  function handedOver(socket: WebSocketLike): Connection | undefined {
    return socket._handle ? guard.admit(socket._handle) : undefined;
  }

  function onClose(this: Socket): void {
    const connection = connectionOf(this);
    if (connection !== undefined) guard.closed(connection);
  }

  function secured(server: AnyServer, socket: WebSocketLike): void {
    const connection = connectionOf(socket._parent);
    if (connection === undefined) return;
    sessionOptions.begin(server, connection);
    connection.web = socket;
    connection.mark = guard.now();
    mark(socket, connection);
    const { _peername: named } = socket._parent as Named;
    if (named !== undefined && guard.settings.proxyProtocol) (socket as Named)._peername = named;
  }

  /** Whether what a server tells goes no further. */
  function isHeld(self: unknown, event: unknown, args: ArrayLike<unknown>): boolean {
    switch (event) {
      case "checkContinue":
      case "checkExpectation":
        return isCheckRefused(guard, args[1] as IncomingMessage, args[2] as ServerResponse);
      case "upgrade":
      case "connect":
        return isTunnelRefused(guard, args[1] as IncomingMessage);
      case "connection":
        return connected(self as AnyServer, args[1] as Socket);
      case "secureConnection":
        secured(self as AnyServer, args[1] as WebSocketLike);
        break;
      case "session":
        newSession(args[1] as ServerHttp2Session);
        break;
      case "stream":
        return isStreamRefused(guard, args[1] as ServerHttp2Stream, args[2] as IncomingHttpHeaders, (args[4] ?? []) as string[]);
      case "clientError":
        // Nobody is there any more who could be answered.
        if (connectionOf(args[2])?.gone === true) return true;
        malformed(guard, args[1], args[2]);
        break;
      case "listening":
        listening(self as AnyServer);
        break;
      default:
    }
    return false;
  }

  // Every request passes here: `arguments` are handed on without being copied.
  return (original) =>
    function emit(this: unknown, event: unknown): unknown {
      if (event === "request") {
        if (isRefused(guard, arguments[1] as IncomingMessage, arguments[2] as ServerResponse)) return true;
      } else if (isHeld(this, event, arguments)) return true;
      return Reflect.apply(original, this, arguments);
    };
}

function isSecure(server: AnyServer): boolean {
  return "setSecureContext" in server;
}

/** What the engine can hold by itself, it holds for nothing. A server that was set in the program keeps that. */
function adjust(server: AnyServer, { settings }: Guard): void {
  if ("maxHeaderSize" in server && server.maxHeaderSize === undefined && settings.headerBytes !== DEFAULTS.headerBytes && settings.headerBytes !== Infinity) server.maxHeaderSize = settings.headerBytes;
}

/** The engine answers 400 and closes; here it is counted. */
function malformed(guard: Guard, error: unknown, socket: unknown): void {
  const connection = connectionOf(socket);
  const code = (error as { code?: unknown } | undefined)?.code;
  // Whoever hangs up in the middle of a body has done nothing wrong.
  if (code === "HPE_INVALID_EOF_STATE") return;
  if (connection === undefined || typeof code !== "string" || !code.startsWith("HPE_")) return;
  connection.client.offences++;
  guard.drops.note(code === "HPE_HEADER_OVERFLOW" ? "headers too large" : "malformed", connection.client);
}

