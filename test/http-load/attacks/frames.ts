// Frames of HTTP/2 as bytes, right or wrong as wanted: RFC 9113, section 4.1 and section 6.

const TYPES = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, ping: 6, windowUpdate: 8, continuation: 9 } as const;
const FLAGS = { endStream: 0x1, acknowledged: 0x1, endHeaders: 0x4 } as const;

/** What a client says first; its SETTINGS frame follows. */
export const PREFACE: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Identifiers of RFC 9113, section 6.5.2. */
export const SETTINGS = { initialWindowSize: 0x4 } as const;

export type Ends = { readonly stream?: boolean; readonly headers?: boolean };

function frame(type: keyof typeof TYPES, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = TYPES[type];
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function settings(pairs: readonly (readonly [number, number])[] = []): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  for (const [index, [identifier, value]] of pairs.entries()) {
    payload.writeUInt16BE(identifier, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame("settings", 0, 0, payload);
}

export function acknowledgeSettings(): Buffer {
  return frame("settings", FLAGS.acknowledged, 0, Buffer.alloc(0));
}

export function headers(stream: number, block: Uint8Array, ends: Ends): Buffer {
  return frame("headers", (ends.stream === true ? FLAGS.endStream : 0) | (ends.headers === true ? FLAGS.endHeaders : 0), stream, block);
}

export function continuation(stream: number, block: Uint8Array): Buffer {
  return frame("continuation", 0, stream, block);
}

export function data(stream: number, payload: Uint8Array): Buffer {
  return frame("data", 0, stream, payload);
}

/** Code 8 is CANCEL. */
export function reset(stream: number): Buffer {
  return frame("reset", 0, stream, number(8));
}

export function ping(): Buffer {
  return frame("ping", 0, 0, Buffer.alloc(8));
}

export function priority(stream: number, dependsOn: number): Buffer {
  return frame("priority", 0, stream, Buffer.concat([number(dependsOn), Buffer.from([15])]));
}

export function windowUpdate(stream: number, increment: number): Buffer {
  return frame("windowUpdate", 0, stream, number(increment));
}
