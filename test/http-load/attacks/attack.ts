// What an attack is, and what became of its connections.
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export type Protocol = "http" | "https" | "h2c" | "h2";

export type Target = { readonly protocol: Protocol; readonly port: number; /** The offenders' own address. */ readonly from: string };

export type Attack = {
  readonly name: string;
  /** The protocols of the servers that it is for. */
  readonly against: readonly Protocol[];
  /** Seconds until the server must have ended each of its connections; absent where one that waits its turn does no harm. */
  readonly goneWithin: number;
  /** Connections at once, and new ones in a second. */
  readonly connections: number;
  readonly perSecond: number;
  /** TCP alone, though the protocol has TLS. */
  readonly withoutTls?: true;
  readonly readsNothing?: true;
  /** Each of its requests alone is honest: who shares the address shares its fate. */
  readonly wellFormed?: true;
  /** Does its worst on one connection, which is open; gives what it said when it has nothing more to say. */
  drive(connection: Connection, target: Target): Promise<void>;
};

export type Connection = {
  /** Waits until it is taken, so that a fast flood fills the server's memory and not its own; false once the connection has ended. */
  send(bytes: Uint8Array | string): Promise<boolean>;
  /** False once the connection has ended. */
  wait(milliseconds: number): Promise<boolean>;
  /** Ends it from this side, which counts as its end. */
  end(): void;
  /** HTTP/2: from now on, tells whether the server has reset a stream. */
  watchResets(): () => boolean;
  /** Reads nothing more. */
  stopReading(): void;
  ended(): boolean;
};

export type Tally = {
  opened: number;
  /** Not even connected. */
  refused: number;
  /** Milliseconds from its opening until the server ended it. */
  lived: number[];
  /** The same of those that were still open when the attack was over. */
  held: number[];
  /** Status codes of the answers in HTTP/1, by number of connections. */
  answers: Record<string, number>;
  bytesSent: number;
};

export function newTally(): Tally {
  return { opened: 0, refused: 0, lived: [], held: [], answers: {}, bytesSent: 0 };
}

/** Calls `done` once, with true where it had been open. */
export function open(target: Target, withTls: boolean, opened: (connection: Connection, socket: Socket) => void, ended: (wasOpen: boolean, socket: Socket, answer: string) => void): void {
  const options = { host: "127.0.0.1", port: target.port, localAddress: target.from };
  const socket = withTls ? connectTls({ ...options, rejectUnauthorized: false, ALPNProtocols: target.protocol === "h2" ? ["h2"] : ["http/1.1"] }) : connect(options);
  let [wasOpen, answer] = [false, ""];
  socket.on("data", (bytes: Buffer) => {
    if (answer === "") answer = bytes.toString("latin1", 0, 16);
  });
  socket.on("error", () => {});
  socket.on(withTls ? "secureConnect" : "connect", () => {
    wasOpen = true;
    opened(connectionOf(socket), socket);
  });
  socket.on("close", () => ended(wasOpen, socket, answer));
}

function connectionOf(socket: Socket): Connection {
  const over = new Promise<boolean>((resolve) => socket.once("close", () => resolve(false)));
  const ended = (): boolean => socket.destroyed || socket.readableEnded;
  const event = (name: string): Promise<boolean> => Promise.race([over, new Promise<boolean>((resolve) => socket.once(name, () => resolve(true)))]);
  return {
    ended,
    end: () => void socket.destroy(),
    watchResets: () => watchResets(socket),
    stopReading: () => void socket.pause(),
    async send(bytes) {
      if (ended()) return false;
      return socket.write(bytes) || event("drain");
    },
    async wait(milliseconds) {
      if (ended()) return false;
      let timer: NodeJS.Timeout | undefined;
      const elapsed = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, milliseconds, true)));
      const fine = await Promise.race([over, elapsed]);
      clearTimeout(timer);
      return fine && !ended();
    },
  };
}

/** Type 3 is RST_STREAM: RFC 9113, section 6.4. */
function watchResets(socket: Socket): () => boolean {
  let [rest, seen] = [Buffer.alloc(0), false];
  socket.on("data", (bytes: Buffer) => {
    if (seen) return;
    rest = Buffer.concat([rest, bytes]);
    for (; rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3); rest = rest.subarray(9 + rest.readUIntBE(0, 3))) seen ||= rest[3] === 3;
  });
  return () => seen;
}
