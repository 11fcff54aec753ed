// A nameserver for tests: UDP and TCP, from a zone in JSON; prints each question. Arguments: address, zone file.
// A zone is {name: {TYPE: [values]}}; values of "A" may be lists, of which each question gets the next.
import dgram from "node:dgram";
import { readFileSync } from "node:fs";
import net from "node:net";

const [address, file] = process.argv.slice(2);
const zone = JSON.parse(readFileSync(file, "utf8"));
const types = { A: 1, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, HTTPS: 65 };
const turns = new Map();

const short = (number) => Buffer.from([number >> 8, number & 255]);
const encodeName = (name) => Buffer.concat([...name.split(".").filter(Boolean).map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
const encodeV6 = (text) => {
  const [head, tail = ""] = text.split("::");
  const parts = (side) => side.split(":").filter(Boolean).map((part) => parseInt(part, 16));
  const [first, last] = [parts(head), parts(tail)];
  return Buffer.concat([...first, ...Array(8 - first.length - last.length).fill(0), ...last].map(short));
};
const encoders = {
  A: (value) => Buffer.from(value.split(".").map(Number)),
  AAAA: encodeV6,
  CNAME: encodeName,
  PTR: encodeName,
  TXT: (value) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]),
  MX: (value) => Buffer.concat([short(10), encodeName(value)]),
  SRV: ({ port, target }) => Buffer.concat([short(1), short(1), short(port), encodeName(target)]),
  HTTPS: ({ target, hints }) => Buffer.concat([short(1), encodeName(target), short(4), short(hints.length * 4), ...hints.map((hint) => encoders.A(hint))]),
};

function readQuestion(message) {
  const labels = [];
  let at = 12;
  while (message[at] !== 0) {
    labels.push(message.subarray(at + 1, at + 1 + message[at]).toString());
    at += message[at] + 1;
  }
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** This question's values: of several lists the next one. */
function valuesOf(name, kind) {
  const values = zone[name]?.[kind] ?? [];
  if (!Array.isArray(values[0])) return values;
  const turn = turns.get(name) ?? 0;
  turns.set(name, turn + 1);
  return values[Math.min(turn, values.length - 1)];
}

/** Records of a name, with those that it is an alias for. */
function recordsOf(name, type) {
  const alias = zone[name]?.CNAME?.[0];
  if (alias !== undefined && type !== types.CNAME) return [{ name, kind: "CNAME", value: alias }, ...recordsOf(alias, type)];
  const kind = Object.keys(types).find((key) => types[key] === type);
  return valuesOf(name, kind).map((value) => ({ name, kind, value }));
}

function answer(message, limit) {
  const { name, type, end } = readQuestion(message);
  console.log(`asked ${name}`);
  const records = recordsOf(name, type).map((record) => {
    const data = encoders[record.kind](record.value);
    return Buffer.concat([encodeName(record.name), short(types[record.kind]), short(1), Buffer.from([0, 0, 0, 0]), short(data.length), data]);
  });
  const known = zone[name] !== undefined;
  const build = (flags, list) => Buffer.concat([message.subarray(0, 2), short(flags), short(1), short(list.length), short(0), short(0), message.subarray(12, end), ...list]);
  const reply = build(known ? 0x8180 : 0x8183, records);
  return reply.length > limit ? build(0x8380, []) : reply;
}

const datagrams = dgram.createSocket("udp4");
datagrams.on("message", (message, peer) => datagrams.send(answer(message, 1232), peer.port, peer.address));
datagrams.bind(53, address, () => {
  const streams = net.createServer((stream) => {
    stream.on("error", () => {});
    stream.on("data", (bytes) => {
      const reply = answer(bytes.subarray(2), 65535);
      stream.write(Buffer.concat([short(reply.length), reply]));
    });
  });
  streams.listen(53, address, () => console.log("ready"));
});
