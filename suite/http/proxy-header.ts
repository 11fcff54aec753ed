// The header that a proxy sends ahead of a connection: https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt
import { isIPv4, isIPv6 } from "node:net";

export type ProxyHeader = { length: number; address: string | undefined; port: number };

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const FIRST = Buffer.from("PROXY ", "latin1");
/** The longest line of version 1, and more than anybody puts into version 2. */
const LONGEST_LINE = 107;
const LONGEST = 2048;

/** What `bytes` begin with: a header, a part of one, or something else. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | "more" | "wrong" {
  if (begins(bytes, SIGNATURE)) return readBinary(bytes);
  return begins(bytes, FIRST) ? readLine(bytes) : "wrong";
}

function begins(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readLine(bytes: Buffer): ProxyHeader | "more" | "wrong" {
  const end = bytes.subarray(0, LONGEST_LINE).indexOf("\r\n");
  if (end < 0) return bytes.length < LONGEST_LINE ? "more" : "wrong";
  const [, family, address = "", , port = ""] = bytes.toString("latin1", 0, end).split(" ");
  const length = end + 2;
  if (family === "UNKNOWN") return { length, address: undefined, port: 0 };
  const fits = family === "TCP4" ? isIPv4(address) : family === "TCP6" && isIPv6(address);
  return fits && /^\d{1,5}$/.test(port) ? { length, address, port: Number(port) } : "wrong";
}

function readBinary(bytes: Buffer): ProxyHeader | "more" | "wrong" {
  if (bytes.length < 16) return "more";
  const [command, family] = [bytes.readUInt8(12), bytes.readUInt8(13)];
  const length = 16 + bytes.readUInt16BE(14);
  if (command >> 4 !== 2 || (command & 15) > 1 || length > LONGEST) return "wrong";
  if (bytes.length < length) return "more";
  // The proxy's own connections, and families that have no addresses here.
  if ((command & 15) === 0 || (family !== 0x11 && family !== 0x21)) return { length, address: undefined, port: 0 };
  if (family === 0x11) return length < 28 ? "wrong" : { length, address: bytes.subarray(16, 20).join("."), port: bytes.readUInt16BE(24) };
  if (length < 52) return "wrong";
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(16 + 2 * index).toString(16));
  return { length, address: groups.join(":"), port: bytes.readUInt16BE(48) };
}
