// The resolver of a cell: it answers for `granted.test` and `*.rebind.test`, and remembers every question.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { FAR, FOREIGN_RESOLVER, LOOPBACK, METADATA, PRIVATE, RESOLVER } from "./places.ts";

/** `owner`: whose record it is, where that is not the question's name. */
type Answer = { type: number; data: Buffer; owner?: Buffer };
const LOCALHOST: Buffer = Buffer.from("\x09localhost\0", "latin1");
const [A, CNAME, AAAA, TXT] = [1, 5, 28, 16] as const;

export class Resolver {
  /** Every message that came, as bytes in latin1: tokens are found in it whatever it asks. */
  readonly heard: string[] = [];
  readonly #asked = new Map<string, number>();

  async listen(): Promise<void> {
    await Promise.all([RESOLVER, FOREIGN_RESOLVER].flatMap((host) => [this.#datagrams(host), this.#streams(host)]));
  }

  async #datagrams(host: string): Promise<void> {
    const socket = createSocket("udp4");
    socket.on("message", (message, from) => socket.send(this.#answer(message), from.port, from.address));
    socket.bind(53, host);
    await once(socket, "listening");
  }

  async #streams(host: string): Promise<void> {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.on("data", (bytes: Buffer) => {
        const answer = this.#answer(bytes.subarray(2));
        socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]));
      });
    });
    server.listen(53, host);
    await once(server, "listening");
  }

  #answer(message: Buffer): Buffer {
    this.heard.push(message.toString("latin1").toLowerCase());
    const { name, end } = readName(message, 12);
    const type = end + 4 <= message.length ? message.readUInt16BE(end) : 0;
    const answers = this.#records(name.toLowerCase(), type);
    const head = Buffer.from([message[0] ?? 0, message[1] ?? 0, 0x81, answers === undefined ? 0x83 : 0x80, 0, 1, 0, answers?.length ?? 0, 0, 0, 0, 0]);
    return Buffer.concat([head, message.subarray(12, end + 4), ...(answers ?? []).map(encode)]);
  }

  /** `undefined`: no such name. */
  #records(name: string, type: number): Answer[] | undefined {
    const four = (host: string): Answer[] => (type === A ? [{ type: A, data: Buffer.from(host.split(".").map(Number)) }] : []);
    const kind = name.split(".")[0] ?? "";
    if (name === "granted.test") return four(FAR);
    if (name.endsWith("evil.test")) return type === TXT ? [{ type: TXT, data: Buffer.from("\x07command") }] : four(FAR);
    if (!name.endsWith(".rebind.test")) return undefined;
    const count = (this.#asked.get(name) ?? 0) + (type === A ? 1 : 0);
    this.#asked.set(name, count);
    if (kind === "private") return four(PRIVATE);
    if (kind === "metadata") return four(METADATA);
    if (kind === "mapped") return type === AAAA ? [{ type: AAAA, data: Buffer.from("00000000000000000000ffff7f000001", "hex") }] : [];
    if (kind === "alias") return [{ type: CNAME, data: LOCALHOST }, ...four(LOOPBACK).map((answer) => ({ ...answer, owner: LOCALHOST }))];
    if (kind === "mixed") return [...four("93.184.215.15"), ...four(LOOPBACK)];
    if (kind === "turning") return four(count > 1 ? LOOPBACK : FAR);
    return four(LOOPBACK);
  }
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] ?? 0; length > 0 && at < message.length; length = message[at] ?? 0) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), end: at + 1 };
}

/** A record with a time to live of 0. */
function encode(answer: Answer): Buffer {
  const head = Buffer.from([0, answer.type, 0, 1, 0, 0, 0, 0, answer.data.length >> 8, answer.data.length & 255]);
  return Buffer.concat([answer.owner ?? Buffer.from([0xc0, 12]), head, answer.data]);
}
