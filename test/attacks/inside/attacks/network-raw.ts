// Ways out that only C takes: unusual flags, families, protocols, and races with the broker.
import { join } from "node:path";
import { claim, RAW, type Attack, type Target } from "../attack.ts";
import { LOOPBACK6, sockaddr4, sockaddr6, sockaddrUnix, type Raw } from "../raw.ts";

const FAST_OPEN = 0x20000000;
const [INET, INET6, UNIX, NETLINK, PACKET] = [2, 10, 1, 16, 17] as const;
const [STREAM, DATAGRAM, RAW_TYPE, SEQPACKET] = [1, 2, 3, 5] as const;

export const attacks: Attack[] = [
  raw("fast-open-sendto", "sendto with MSG_FASTOPEN connects without connect", ["tcp"], (at, raw) => {
    const address = sockaddr4(at.tcp.host, at.tcp.port);
    return raw.call("sendto", raw.socket(INET, STREAM), Buffer.from(at.token), 16, FAST_OPEN, address, address.length);
  }),
  raw("fast-open-sendmsg", "sendmsg with MSG_FASTOPEN", ["tcp"], (at, raw) => raw.call("sendmsg", raw.socket(INET, STREAM), raw.message(sockaddr4(at.tcp.host, at.tcp.port), at.token).header, FAST_OPEN)),
  raw("fast-open-sendmmsg", "sendmmsg with MSG_FASTOPEN", ["tcp"], (at, raw) => sendMany(raw, raw.socket(INET, STREAM), [raw.message(sockaddr4(at.tcp.host, at.tcp.port), at.token).header], FAST_OPEN)),
  raw("fast-open-connect", "TCP_FASTOPEN_CONNECT, then connect and write", ["tcp"], (at, raw) => {
    const socket = raw.socket(INET, STREAM);
    raw.try("setsockopt", socket, 6, 30, Buffer.from([1, 0, 0, 0]), 4);
    const address = sockaddr4(at.tcp.host, at.tcp.port);
    raw.call("connect", socket, address, address.length);
    return raw.call("write", socket, Buffer.from(at.token), 16);
  }),
  raw("multipath", "a Multipath TCP socket (protocol 262), which Landlock does not see", ["tcp"], (at, raw) => raw.connectStream(INET, sockaddr4(at.tcp.host, at.tcp.port), at.token, 262)),
  raw("multipath6", "a Multipath TCP socket of IPv6", ["tcp6"], (at, raw) => raw.connectStream(INET6, sockaddr6(LOOPBACK6, at.tcp6.port), at.token, 262)),
  raw("listen-without-bind", "listen without bind takes a port of the kernel's choice at all addresses", [], (at, raw) => (raw.call("listen", raw.socket(INET, STREAM), 1), claim(at))),
  raw("listen6-without-bind", "listen without bind on IPv6", [], (at, raw) => (raw.call("listen", raw.socket(INET6, STREAM), 1), claim(at))),
  raw("udp-sendmsg", "sendmsg with an address", ["udp"], (at, raw) => raw.call("sendmsg", raw.socket(INET, DATAGRAM), raw.message(sockaddr4(at.udp.host, at.udp.port), at.token).header, 0)),
  raw("udp-sendmmsg", "sendmmsg with an address", ["udp"], (at, raw) => sendMany(raw, raw.socket(INET, DATAGRAM), [raw.message(sockaddr4(at.udp.host, at.udp.port), at.token).header], 0)),
  raw("udp-from-ipv6-socket", "a datagram to ::ffff:127.0.0.1 from an IPv6 socket", ["udp"], (at, raw) => {
    const address = sockaddr6([0, 0, 0, 0, 0, 0xffff, 0x7f00, 1], at.udp.port);
    return raw.call("sendto", raw.socket(INET6, DATAGRAM), Buffer.from(at.token), 16, 0, address, address.length);
  }),
  raw("udp-connect", "connect of a datagram socket, then write", ["udp"], (at, raw) => {
    const [socket, address] = [raw.socket(INET, DATAGRAM), sockaddr4(at.udp.host, at.udp.port)];
    raw.call("connect", socket, address, address.length);
    return raw.call("write", socket, Buffer.from(at.token), 16);
  }),
  harmless("udp-second-message", "sendmmsg whose first message goes to a granted address and the second elsewhere", ["udp"], (at, raw) => sendMany(raw, raw.socket(INET, DATAGRAM), [raw.message(sockaddr4(at.granted.udp.host, at.granted.udp.port), at.token).header, raw.message(sockaddr4(at.udp.host, at.udp.port), at.token).header], 0)),
  harmless("udp-address-on-a-connected-socket", "an address in sendto on a socket that is connected to a granted one", ["udp"], (at, raw) => {
    const [socket, granted, other] = [raw.socket(INET, DATAGRAM), sockaddr4(at.granted.udp.host, at.granted.udp.port), sockaddr4(at.udp.host, at.udp.port)];
    raw.call("connect", socket, granted, granted.length);
    return raw.call("sendto", socket, Buffer.from(at.token), 16, 0, other, other.length);
  }),
  harmless("dissolve-and-connect", "connects where it may, dissolves with AF_UNSPEC, connects elsewhere", ["udp"], (at, raw) => {
    const [socket, granted, other] = [raw.socket(INET, DATAGRAM), sockaddr4(at.granted.udp.host, at.granted.udp.port), sockaddr4(at.udp.host, at.udp.port)];
    raw.call("connect", socket, granted, granted.length);
    raw.try("connect", socket, Buffer.alloc(16), 16);
    raw.call("connect", socket, other, other.length);
    return raw.call("write", socket, Buffer.from(at.token), 16);
  }),
  harmless("address-flipped-in-memory", "flips the address between a granted one and another while the call reads it", ["tcp"], (at, raw) => {
    const [granted, other] = [sockaddr4(at.granted.tcp.host, at.granted.tcp.port), sockaddr4(at.tcp.host, at.tcp.port)];
    return flipped(raw, granted, other, (address) => connectAndClose(raw, address));
  }),
  harmless("datagram-address-flipped", "flips the address of a datagram while the call reads it", ["udp"], (at, raw) => {
    const [granted, other] = [sockaddr4(at.granted.udp.host, at.granted.udp.port), sockaddr4(at.udp.host, at.udp.port)];
    const socket = raw.socket(INET, DATAGRAM);
    return flipped(raw, granted, other, (address) => raw.try("sendto", socket, Buffer.from(at.token), 16, 0, address, 16));
  }),
  harmless("message-address-flipped", "flips the address behind a msghdr while sendmsg reads it", ["udp"], (at, raw) => {
    const [granted, other] = [sockaddr4(at.granted.udp.host, at.granted.udp.port), sockaddr4(at.udp.host, at.udp.port)];
    const socket = raw.socket(INET, DATAGRAM);
    return flipped(raw, granted, other, (address) => raw.try("sendmsg", socket, raw.message(address, at.token).header, 0));
  }),
  harmless("descriptor-flipped", "exchanges the socket behind the descriptor while connect is decided", ["unix"], (at, raw) => {
    const [one, other] = [raw.socket(INET, STREAM), raw.socket(UNIX, STREAM)];
    const target = raw.call("dup", one);
    const flipper = raw.addon.flipDescriptor(target, one, other);
    const address = sockaddrUnix(at.unix);
    often(() => {
      raw.try("connect", target, address, address.length);
      raw.try("write", target, Buffer.from(at.token), 16);
    });
    raw.addon.stop(flipper);
    return "";
  }),
  raw("odd-address-length", "an address longer than its family's", ["tcp"], (at, raw) => {
    const address = Buffer.concat([sockaddr4(at.tcp.host, at.tcp.port), Buffer.alloc(100)]);
    const socket = raw.socket(INET, STREAM);
    raw.call("connect", socket, address, address.length);
    return raw.call("write", socket, Buffer.from(at.token), 16);
  }),
  raw("non-blocking-connect", "a non-blocking connect, then a write when it is through", ["tcp"], (at, raw) => {
    const [socket, address] = [raw.socket(INET, STREAM | 0o4000), sockaddr4(at.tcp.host, at.tcp.port)];
    raw.try("connect", socket, address, address.length);
    raw.try("poll", pollOf(socket), 1, 1000);
    return raw.call("write", socket, Buffer.from(at.token), 16);
  }),
  raw("connect-in-a-fork", "a forked child connects", ["tcp"], (at, raw) => sequence(raw, "fork", at)),
  raw("connect-in-a-thread", "a thread started by C connects", ["tcp"], (at, raw) => sequence(raw, "thread", at)),
  raw("netlink", "a netlink socket: routes, interfaces, firewall", [], (at, raw) => (raw.socket(NETLINK, RAW_TYPE, 0), claim(at))),
  raw("netlink-audit", "a netlink socket to the kernel's connector of process events", [], (at, raw) => (raw.socket(NETLINK, DATAGRAM, 11), claim(at))),
  raw("vsock", "a vsock socket to the hypervisor", [], (at, raw) => (raw.socket(40, STREAM, 0), claim(at))),
  { ...raw("raw-socket", "a raw socket that writes its own packets", ["udp"], (at, raw) => {
    const address = sockaddr4(at.udp.host, 0);
    const packet = Buffer.concat([Buffer.alloc(8), Buffer.from(at.token)]);
    packet.writeUInt16BE(4000, 0);
    packet.writeUInt16BE(at.udp.port, 2);
    packet.writeUInt16BE(packet.length, 4);
    return raw.call("sendto", raw.socket(INET, RAW_TYPE, 17), packet, packet.length, 0, address, address.length);
  }), user: "root" },
  { ...raw("packet-socket", "a packet socket that hears everything", [], (at, raw) => (raw.socket(PACKET, RAW_TYPE, 0x0300), claim(at))), user: "root" },
  { ...raw("ping", "an ICMP echo with data in it", [], (at, raw) => (raw.socket(INET, RAW_TYPE, 1), claim(at))), user: "root" },
  raw("unix-datagram", "a datagram to a unix socket", ["unix-datagram"], (at, raw) => {
    const address = sockaddrUnix(at["unix-datagram"]);
    return raw.call("sendto", raw.socket(UNIX, DATAGRAM), Buffer.from(at.token), 16, 0, address, address.length);
  }),
  raw("unix-datagram-sendmsg", "a datagram to a unix socket by sendmsg", ["unix-datagram"], (at, raw) => raw.call("sendmsg", raw.socket(UNIX, DATAGRAM), raw.message(sockaddrUnix(at["unix-datagram"]), at.token).header, 0)),
  raw("unix-datagram-connected", "connects a unix datagram socket and writes", ["unix-datagram"], (at, raw) => {
    const [socket, address] = [raw.socket(UNIX, DATAGRAM), sockaddrUnix(at["unix-datagram"])];
    raw.call("connect", socket, address, address.length);
    return raw.call("write", socket, Buffer.from(at.token), 16);
  }),
  raw("unix-pass-descriptor", "passes a descriptor of its own code to a unix socket outside", ["unix-datagram"], (at, raw) => {
    const control = Buffer.alloc(24);
    control.writeBigUInt64LE(20n, 0);
    control.writeInt32LE(1, 8);
    control.writeInt32LE(1, 12);
    control.writeInt32LE(raw.open(at.readable), 16);
    return raw.call("sendmsg", raw.socket(UNIX, DATAGRAM), raw.message(sockaddrUnix(at["unix-datagram"]), at.token, control).header, 0);
  }),
  raw("unix-other-type", "a sequenced-packet socket at a unix socket's path", ["unix"], (at, raw) => {
    const [socket, address] = [raw.socket(UNIX, SEQPACKET), sockaddrUnix(at.unix)];
    const result = raw.try("connect", socket, address, address.length);
    // The listener is of another type: EPROTOTYPE tells that the name was looked up and is there.
    return result === -91 ? claim(at) : String(result);
  }),
  raw("unix-path-flipped", "exchanges the name of its own socket for a link outside while connect is decided", ["unix"], (at, raw) => flippedSocket(at, raw)),
  raw("io-uring", "io_uring, which makes calls without the filter seeing them", [], (at, raw) => (raw.call("io_uring_setup", 4, Buffer.alloc(120)), claim(at))),
  raw("old-numbers", "the x32 numbers of socket calls", [], (at, raw) => {
    const result = raw.addon.syscall(0x40000000 + raw.number("socket"), INET, STREAM, 0);
    if (result >= 0 || raw.try("socket", NETLINK, RAW_TYPE, 0) >= 0) return claim(at);
    return String(result);
  }),
];

type Run = (at: Target, raw: Raw) => unknown;

function raw(name: string, tries: string, needs: Attack["needs"], run: Run): Attack {
  return { name: `network/${name}`, tries, places: RAW, needs: needs ?? [], run: (at, by) => run(at, by.raw) };
}

function harmless(name: string, tries: string, needs: Attack["needs"], run: Run): Attack {
  return { ...raw(name, tries, needs, run), manifest: "harmless" };
}

/** `struct mmsghdr` is a msghdr with a length behind it. */
function sendMany(raw: Raw, socket: number, headers: Buffer[], flags: number): number {
  const vector = Buffer.concat(headers.map((header) => Buffer.concat([header, Buffer.alloc(8)])));
  return raw.call("sendmmsg", socket, vector, headers.length, flags);
}

function flipped(raw: Raw, one: Buffer, other: Buffer, use: (address: Buffer) => unknown): string {
  const address = Buffer.from(one);
  const flipper = raw.addon.flipMemory(address, one, other);
  often(() => use(address));
  raw.addon.stop(flipper);
  return "";
}

/** Long enough for the other thread to have had its turns on a busy machine. */
function often(work: () => unknown): void {
  const start = performance.now();
  for (let turn = 0; turn < 1500 || performance.now() - start < 300; turn++) work();
}

function connectAndClose(raw: Raw, address: Buffer): void {
  const socket = raw.socket(INET, STREAM);
  raw.try("connect", socket, address, address.length);
  raw.close(socket);
}

function pollOf(descriptor: number): Buffer {
  const poll = Buffer.alloc(8);
  poll.writeInt32LE(descriptor, 0);
  poll.writeInt16LE(4, 4);
  return poll;
}

function sequence(raw: Raw, where: "fork" | "thread", at: Target): string {
  const address = sockaddr4(at.tcp.host, at.tcp.port);
  return raw.addon.sequence(where, [
    [raw.number("socket"), INET, STREAM, 0],
    [raw.number("connect"), { result: 0 }, address, address.length],
    [raw.number("write"), { result: 0 }, Buffer.from(at.token), 16],
  ]).join();
}

/** A socket of the jail's own at one name, a link to the socket outside at another; C exchanges the two. */
function flippedSocket(at: Target, raw: Raw): string {
  const own = join(process.env["TMPDIR"] ?? "/tmp", `f${at.token}`);
  const bound = raw.socket(UNIX, STREAM);
  const address = sockaddrUnix(own);
  raw.call("bind", bound, address, address.length);
  raw.call("listen", bound, 128);
  raw.call("symlink", Buffer.from(`${at.unix}\0`), Buffer.from(`${own}-link\0`));
  const flipper = raw.addon.flipNames(own, `${own}-link`);
  often(() => {
    const socket = raw.socket(UNIX, STREAM | 0o4000);
    raw.try("connect", socket, address, address.length);
    raw.close(socket);
  });
  raw.addon.stop(flipper);
  return "";
}
