// HTTP/2. The engine shows requests and streams, and of frames hardly any; so what a session sends is measured against what it asks
// for: bytes that are neither requests nor bodies, and streams that come to nothing.
import { subscribe } from "node:diagnostics_channel";
import type { ServerHttp2Session, ServerHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { isBeyondRate, isBeyondShare, type Client } from "./client.ts";
import { connectionOf, mark, type Connection } from "./connection.ts";
import type { Reason } from "./drops.ts";
import { fieldOf } from "./fields.ts";
import type { Guard } from "./guard.ts";
import { watchReader } from "./reader.ts";
import { fadeRejections, newRejections, noteGap, watchRejected, type Rejections } from "./rejected.ts";
import { askerOf } from "./request.ts";

/** What the engine keeps below a stream. */
type StreamHandle = { readonly bytesRead?: number };
type InnerState = { readonly streams: Map<number, ServerHttp2Stream> };

export type Session = {
  readonly session: ServerHttp2Session;
  /** Bytes on the socket by the last look. */
  read: number;
  written: number;
  /** What headers explain, and bodies, since the last look. */
  explained: number;
  bodies: number;
  /** Bytes that nothing explains; fades by what is allowed. */
  excess: number;
  /** Streams given up lately, PING and SETTINGS frames lately. */
  resets: number;
  frames: number;
  looked: number;
  /** Since when there is no stream. */
  idle: number;
  /** The last stream that was shown, and since when the engine reads the headers of a later one. */
  shown: number;
  reading: number;
  streams: Map<number, Progress>;
  readonly rejections: Rejections;
};

/** Of one open stream: since when nothing of its answer, or of its body, has moved. */
type Progress = {
  waits: number;
  waiting: number;
  written: number;
  /** Bytes of the body that were counted, and those that there were when its time began. */
  body: number;
  start: number;
  bodySince: number;
  /** gRPC and tunnels keep streams open in both directions, and say nothing for hours. */
  readonly isOpenEnded: boolean;
};

/** What headers may take of a session at least; longer ones, which HPACK has no room for, take their length. */
const HEADERS = 4096;
/** PING and SETTINGS frames within a second. */
const FRAMES = 500;
const CANCEL = 8;
/** A body may take as much for its frames as for itself: messages of gRPC are short. */
const BODIES = 2;

function newSession(guard: Guard, session: ServerHttp2Session): void {
  // What `session.socket` gives is a proxy.
  const connection = connectionOf(fieldOf(session, "socket"));
  if (connection === undefined) return;
  mark(session, connection);
  const state: Session = {
    session, read: connection.handle.bytesRead ?? 0, written: connection.handle.bytesWritten ?? 0, explained: 0, bodies: 0,
    excess: 0, resets: 0, frames: 0, looked: guard.now(), idle: guard.now(), shown: 0, reading: -1, streams: new Map(), rejections: newRejections(),
  };
  connection.http2 = state;
  guard.sessions.add(connection);
  const count = (): void => {
    if (++state.frames > FRAMES) drop(guard, connection, "control frames");
  };
  session.on("error", (error: NodeJS.ErrnoException) => {
    // The engine itself ends it for what came: that is seldom an accident, and its client's next one is ended as well.
    if (error.code === "ERR_HTTP2_ERROR" && !connection.gone) connection.client.floods++;
  });
  session.on("ping", count);
  session.on("remoteSettings", count);
}

/** Once in a thread: streams that ended with an error, whoever ended them, are given up. Gives what makes of the engine's session one that is watched. */
export function watchStreams(guard: Guard): (session: ServerHttp2Session) => void {
  const watchForRejected = watchRejected(guard, (connection) => drop(guard, connection, "headers too large"));
  subscribe("http2.server.stream.close", (message) => {
    const { stream } = message as { stream: ServerHttp2Stream };
    const connection = connectionOf(stream.session);
    const state = connection?.http2;
    if (connection === undefined || state === undefined || connection.gone) return;
    const progress = state.streams.get(stream.id ?? 0);
    state.bodies += bytesOf(stream) - (progress?.body ?? 0);
    if (stream.id !== undefined) state.streams.delete(stream.id);
    if (stream.rstCode !== 0 && ++state.resets > guard.settings.streamResets) drop(guard, connection, "stream resets");
  });
  return (session) => {
    watchForRejected();
    newSession(guard, session);
  };
}

const FLOODS: ReadonlySet<Reason> = new Set(["stream resets", "control frames", "headers too large"]);

/** The session first: then the engine sends nothing after the reset. */
function drop(guard: Guard, connection: Connection, reason: Reason): void {
  if (FLOODS.has(reason)) connection.client.floods++;
  guard.drop(connection, reason);
  connection.http2?.session.destroy();
}

/** Whether the guard answers a stream. */
export function isStreamRefused(guard: Guard, stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): boolean {
  const connection = connectionOf(stream.session);
  if (connection === undefined) return false;
  if (connection.gone) return true;
  // A server may hand a stream on to another one.
  if (connection.http2 === undefined || (stream.id ?? 0) <= connection.http2.shown) return false;
  const { settings } = guard;
  const size = sizeOf(raw);
  noteShown(connection.http2, stream.id ?? 0);
  connection.http2.explained += Math.max(HEADERS, size);
  const client = connection.isProxied ? askerOf(guard, connection, headers) : connection.client;
  guard.requests++;
  const isTooMuch = isBeyondShare(client, connection, guard.second);
  if (++connection.requests === 1) guard.fresh.delete(connection);
  if (connection.requests === settings.requestsPerConnection) stream.session?.close();
  if (raw.length > settings.headerCount * 2) return answer(guard, client, stream, 431, "too many headers");
  if (size > settings.headerBytes) return answer(guard, client, stream, 431, "headers too large");
  if ((headers[":path"]?.length ?? 0) > settings.urlBytes) return answer(guard, client, stream, 414, "long url");
  if (Number(headers["content-length"] ?? 0) > settings.bodyBytes) return answer(guard, client, stream, 413, "large body");
  if (isBeyondRate(client, settings.requestsPerSecond, guard.shared)) return answer(guard, client, stream, 429, "too many requests");
  if (isTooMuch) return answer(guard, client, stream, 503, "overloaded");
  if (!stream.endAfterHeaders && stream.id !== undefined) connection.http2.streams.set(stream.id, newProgress(guard.now(), isOpenEnded(headers)));
  return false;
}

function noteShown(state: Session, id: number): void {
  if (id > state.shown + 2) noteGap(state.rejections, state.shown, id);
  state.shown = id;
}

function newProgress(now: number, isEndless: boolean): Progress {
  return { waits: 0, waiting: now, written: 0, body: 0, start: 0, bodySince: now, isOpenEnded: isEndless };
}

function isOpenEnded({ ":method": method, "content-type": type }: IncomingHttpHeaders): boolean {
  return method === "CONNECT" || type?.startsWith("application/grpc") === true;
}

function sizeOf(raw: readonly string[]): number {
  let size = 0;
  for (const text of raw) size += text.length;
  return size;
}

function answer(guard: Guard, client: Client, stream: ServerHttp2Stream, status: number, reason: Reason): true {
  guard.drops.note(reason, client);
  client.offences++;
  // The program never sees it: nobody else would listen to what becomes of it.
  stream.on("error", ignore);
  // A client that has closed it already wants no answer.
  if (!stream.destroyed && !stream.closed) stream.respond({ ":status": status }, { endStream: true });
  return true;
}

function ignore(): void {}

/** Looks at one session, as at every connection. */
export function watchSession(guard: Guard, connection: Connection, state: Session, now: number, haste: number): void {
  const open = innerStreams(state.session);
  if (open !== undefined) watchOpen(guard, connection, state, open, now, haste);
  if (!connection.gone) watchHeaders(guard, connection, state, now, haste);
  if (!connection.gone) watchIdle(guard, connection, state, open, now, haste);
  if (connection.gone || connection.web === undefined) return;
  watchReader(guard, connection, connection.web, now, haste);
  if (connection.gone) state.session.destroy();
}

/** The engine counts a stream when its headers begin, and shows it when they are there. */
function watchHeaders(guard: Guard, connection: Connection, state: Session, now: number, haste: number): void {
  const { lastProcStreamID: last = 0 } = state.session.state;
  if (last <= state.shown) state.reading = -1;
  else if (state.reading < 0) state.reading = now;
  else if (now - state.reading > guard.settings.headersTimeout / haste) drop(guard, connection, "slow headers");
}

/** At every turn of the clock, as a flood is cheap to send. */
export function watchFlood(guard: Guard, connection: Connection, state: Session, now: number): void {
  const { settings } = guard;
  const elapsed = (now - state.looked) / 1000;
  state.looked = now;
  state.resets = Math.max(0, state.resets - (settings.streamResets / 10) * elapsed);
  state.frames = Math.max(0, state.frames - FRAMES * elapsed);
  fadeRejections(state.rejections, elapsed);
  state.excess = Math.max(0, state.excess + unexplained(connection, state) - settings.controlBytes * elapsed);
  if (state.excess <= settings.controlBytes) return;
  // Most sessions never come here: bodies that are on their way are counted only now.
  for (const [id, stream] of innerStreams(state.session) ?? []) countBody(state, id, stream, now);
  state.excess -= state.bodies * BODIES;
  state.bodies = 0;
  if (state.excess > settings.controlBytes) drop(guard, connection, "control frames");
}

function countBody(state: Session, id: number, stream: ServerHttp2Stream, now: number): Progress {
  let progress = state.streams.get(id);
  if (progress === undefined) {
    progress = newProgress(now, false);
    state.streams.set(id, progress);
  }
  const body = bytesOf(stream);
  state.bodies += body - progress.body;
  progress.body = body;
  return progress;
}

/** What came, less what requests, bodies, and the acknowledgement of answers may take. */
function unexplained(connection: Connection, state: Session): number {
  const { bytesRead = 0, bytesWritten = 0 } = connection.handle;
  const explained = state.explained + state.bodies * BODIES + (bytesWritten - state.written) / 4;
  const came = bytesRead - state.read;
  state.read = bytesRead;
  state.written = bytesWritten;
  state.explained = 0;
  state.bodies = 0;
  return came - explained;
}

function watchIdle(guard: Guard, connection: Connection, state: Session, open: Map<number, ServerHttp2Stream> | undefined, now: number, haste: number): void {
  if ((open?.size ?? 0) > 0) {
    state.idle = now;
    return;
  }
  const { headersTimeout, idleTimeout } = guard.settings;
  const time = now - state.idle;
  // Not even what each client says first (RFC 9113, section 3.4).
  const isSilent = connection.requests === 0 && (connection.handle.bytesRead ?? 0) < 24;
  if (isSilent && time > headersTimeout / haste) return drop(guard, connection, "slow headers");
  if (time > idleTimeout / haste && !state.session.closed) state.session.close();
}

function watchOpen(guard: Guard, connection: Connection, state: Session, open: Map<number, ServerHttp2Stream>, now: number, haste: number): void {
  for (const [id, stream] of open) {
    const progress = countBody(state, id, stream, now);
    const reason = slowStream(guard, connection, stream, progress, progress.body, now, haste);
    if (reason === undefined) continue;
    guard.drops.note(reason, connection.client);
    connection.client.offences++;
    // A browser that stopped one film goes on with everything else.
    stream.close(CANCEL);
    if (connection.gone) return;
  }
}

function slowStream({ settings }: Guard, { handle }: Connection, stream: ServerHttp2Stream, progress: Progress, body: number, now: number, haste: number): Reason | undefined {
  const waits = stream.bufferSize;
  const written = handle.bytesWritten ?? 0;
  if (waits === 0 || waits !== progress.waits || (written - progress.written) * 1000 > settings.sendRate * settings.sendTimeout) {
    progress.waits = waits;
    progress.written = written;
    progress.waiting = now;
  } else if (now - progress.waiting > settings.sendTimeout / haste) return "slow reader";
  const isSending = !progress.isOpenEnded && !stream.endAfterHeaders && stream.readableFlowing === true && !stream.readableEnded && stream.sentHeaders === undefined;
  if (!isSending || (body - progress.start) * 1000 > settings.bodyRate * settings.bodyTimeout) {
    progress.bodySince = now;
    progress.start = body;
  }
  return now - progress.bodySince > settings.bodyTimeout / haste ? "slow body" : undefined;
}

function innerStreams(session: ServerHttp2Session): InnerState["streams"] | undefined {
  return (fieldOf(session, "state") as Partial<InnerState> | undefined)?.streams;
}

/** Of a body, as far as it has come. */
function bytesOf(stream: ServerHttp2Stream): number {
  return (fieldOf(stream, "kHandle") as StreamHandle | undefined)?.bytesRead ?? 0;
}
