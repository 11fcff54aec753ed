// HTTP to registries: kept connections, retries, and credentials that go to their registry only.
import { readFileSync } from "node:fs";
import { Agent as PlainAgent, request as plainRequest, type IncomingMessage } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { rootCertificates } from "node:tls";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { promisify } from "node:util";
import type { Request } from "../request.ts";
import { makeBudget, type Budget, type Turn } from "./budget.ts";
import { RegistryError } from "./error.ts";

export type Answer = { readonly status: number; readonly headers: IncomingMessage["headers"]; readonly body: Buffer };

export type Client = { get(url: string, headers: Readonly<Record<string, string>>): Promise<Answer>; close(): void };

/** More connections than this make registries refuse some. */
const CONNECTIONS = 64;
const ATTEMPTS = 4;
const REDIRECTS = 5;
/** Seconds; a registry that wants to be left alone for longer is an error. */
const LONGEST_WAIT = 60;
/** Bytes in a second: what comes slower for long is a registry that stalls on purpose. */
const SLOWEST = 1024;

export type Limits = {
  /** Milliseconds without a byte, and until an answer begins. */
  readonly patience: number;
  /** Of larger answers, one is read at a time. */
  readonly small: number;
  /** The largest lists of versions on npm have some ten megabytes. */
  readonly largest: number;
  /** Of all answers. */
  readonly total: number;
};

export const LIMITS: Limits = { patience: 30_000, small: 4 << 20, largest: 96 << 20, total: 1 << 30 };

const decoders: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

export function makeClient(request: Request, limits: Limits = LIMITS): Client {
  const options = { keepAlive: true, maxSockets: CONNECTIONS, proxyEnv: proxies(request) };
  const agents = { plain: new PlainAgent(options), secure: new SecureAgent({ ...options, ca: authorities(request) }) };
  const reading = { limits, budget: makeBudget(limits.total) };
  const once = (url: URL, headers: Readonly<Record<string, string>>): Promise<Answer> => send(agents, url, headers, reading);
  return {
    get: (url, headers) => follow(once, new URL(url), headers, request),
    close: () => {
      agents.plain.destroy();
      agents.secure.destroy();
    },
  };
}

function proxies(request: Request): Record<string, string> {
  return { HTTP_PROXY: request.proxy, HTTPS_PROXY: request.httpsProxy, NO_PROXY: noProxy(request.noProxy) };
}

/** npm leaves out what is below a name, too; the engine only the name itself. */
function noProxy(text: string): string {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .flatMap((entry) => (/^[*.[]|^[\d.:-]+$/.test(entry) ? [entry] : [entry, `.${entry}`]))
    .join(",");
}

function authorities(request: Request): string[] | undefined {
  const read = (file: string): string => readFileSync(file, "utf8");
  const own = [request.ca, ...request.caFiles.map(read)].filter((text) => text !== "");
  if (own.length > 0) return own;
  return request.extraCaFiles.length === 0 ? undefined : [...rootCertificates, ...request.extraCaFiles.map(read)];
}

/** The header for `url`: over TLS, to the longest prefix that it begins with. */
export function credentialFor(url: URL, request: Pick<Request, "credentials">): string | undefined {
  if (url.protocol !== "https:") return undefined;
  const place = `//${url.host}${url.pathname}`;
  const fitting = request.credentials.filter((own) => place.startsWith(own.prefix)).toSorted((one, other) => other.prefix.length - one.prefix.length);
  return fitting[0]?.header;
}

export type Send = (url: URL, headers: Readonly<Record<string, string>>) => Promise<Answer>;

/** Along redirects, without credentials from the first one on. */
export async function follow(send: Send, first: URL, headers: Readonly<Record<string, string>>, request: Pick<Request, "credentials">): Promise<Answer> {
  const credential = credentialFor(first, request);
  let answer = await insist(send, first, credential === undefined ? headers : { ...headers, authorization: credential });
  let url = first;
  for (let hop = 0; isRedirect(answer); hop += 1) {
    if (hop === REDIRECTS) throw new RegistryError(`${first.href} leads from one address to the next, without end`);
    const next = new URL(answer.headers.location ?? "", url);
    if (next.protocol !== url.protocol && next.protocol !== "https:") throw new RegistryError(`${url.href} leads to ${next.protocol}//, which is not followed`);
    url = next;
    answer = await insist(send, url, headers);
  }
  return answer;
}

function isRedirect(answer: Answer): boolean {
  return [301, 302, 303, 307, 308].includes(answer.status) && answer.headers.location !== undefined;
}

/** Tries again what a registry under load, or a network, may do better the next time. */
async function insist(send: Send, url: URL, headers: Readonly<Record<string, string>>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await send(url, headers);
      const again = answer.status === 429 || answer.status >= 500;
      if (!again || attempt === ATTEMPTS) return answer;
      await delay(wait(answer, attempt));
    } catch (error) {
      if (attempt === ATTEMPTS || error instanceof RegistryError) throw new RegistryError(`Cannot reach ${url.host}: ${(error as Error).message}${hint(error, url)}`, { cause: error });
      await delay(2 ** attempt * 100);
    }
  }
}

/** What the jail refuses looks like a network that is down. */
function hint(error: unknown, url: URL): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EACCES") return `; it is not one of this project's registries`;
  const isLookup = code === "ENOTFOUND" || code === "EAI_AGAIN";
  return isLookup ? `; if it has a private address here, name it in your own ~/.npmrc: registry=${url.origin}/` : "";
}

function wait(answer: Answer, attempt: number): number {
  const asked = Number(answer.headers["retry-after"]);
  if (!Number.isFinite(asked) || asked < 0) return 2 ** attempt * 100;
  if (asked > LONGEST_WAIT) throw new RegistryError(`the registry wants to be left alone for ${asked} s; try again later`);
  return asked * 1000;
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

type Agents = { plain: PlainAgent; secure: SecureAgent };
type Reading = { readonly limits: Limits; readonly budget: Budget };

async function send(agents: Agents, url: URL, headers: Readonly<Record<string, string>>, reading: Reading): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { patience } = reading.limits;
  const options = { headers: { ...headers, "accept-encoding": "gzip, br, deflate", "user-agent": "cordon" }, timeout: patience };
  const sent = url.protocol === "https:" ? secureRequest(url, { ...options, agent: agents.secure }, resolve) : plainRequest(url, { ...options, agent: agents.plain }, resolve);
  const slow = new Error(`nothing came for ${patience / 1000} s`);
  sent.on("timeout", () => sent.destroy(slow));
  sent.on("error", reject);
  // A timeout starts anew with each byte of the headers, this one does not; and not before it is its turn for a connection.
  let begun: NodeJS.Timeout | undefined;
  sent.on("socket", () => (begun = setTimeout(() => sent.destroy(slow), patience)));
  sent.end();
  const message = await promise.finally(() => clearTimeout(begun));
  const body = await whole(message, url, reading);
  return { status: message.statusCode ?? 0, headers: message.headers, body };
}

async function whole(message: IncomingMessage, url: URL, { limits, budget }: Reading): Promise<Buffer> {
  const turn = budget.turn();
  try {
    const bytes = await received(message, url, limits, turn);
    const body = await decoded(bytes, message, url, limits, turn);
    budget.add(body.length);
    return body;
  } finally {
    turn.end();
  }
}

/** By events: an iterator over hundreds of thousands of parts takes as long as they need to come. */
function received(message: IncomingMessage, url: URL, { patience, small, largest }: Limits, turn: Turn): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let size = 0;
  let late = Date.now() + patience;
  message.on("data", (part: Buffer) => {
    size += part.length;
    parts.push(part);
    if (size > largest) reject(tooLarge(url, message, largest));
    if (size < ((Date.now() - late) / 1000) * SLOWEST) message.destroy(new Error(`the answer comes at less than ${SLOWEST} bytes per second`));
    if (size <= small || turn.isTaken) return;
    const { socket } = message;
    const paused = Date.now();
    message.pause();
    socket.setTimeout(0);
    void turn.take().then(() => {
      late += Date.now() - paused;
      socket.setTimeout(patience);
      message.resume();
    });
  });
  message.on("end", () => resolve(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)));
  message.on("error", reject);
  // After its end, that changes nothing.
  message.on("close", () => reject(new Error("the connection ended before the answer did")));
  return promise;
}

async function decoded(bytes: Buffer, message: IncomingMessage, url: URL, { small, largest }: Limits, turn: Turn): Promise<Buffer> {
  const decode = decoders[message.headers["content-encoding"] ?? ""];
  if (decode === undefined || bytes.length === 0) return bytes;
  const isLonger = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
  try {
    return await decode(bytes, { maxOutputLength: turn.isTaken ? largest : small });
  } catch (error) {
    if (!isLonger(error)) throw error;
    if (turn.isTaken) throw tooLarge(url, message, largest);
  }
  await turn.take();
  return await decode(bytes, { maxOutputLength: largest }).catch((error: unknown) => {
    throw isLonger(error) ? tooLarge(url, message, largest) : error;
  });
}

function tooLarge(url: URL, message: IncomingMessage, largest: number): RegistryError {
  message.destroy();
  return new RegistryError(`${url.href} sends more than ${largest >> 20} MiB, which is no list of versions`);
}
