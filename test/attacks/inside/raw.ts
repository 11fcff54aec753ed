// System calls from the addon, with the structures that they take.
import { createRequire } from "node:module";

type Argument = number | bigint | Buffer;
type Reference = { result: number };
export type Step = readonly [number, ...(Argument | Reference)[]];

/** native/addon.c */
export type Addon = {
  syscall: (number: number, ...args: Argument[]) => number;
  sequence: (where: "here" | "thread" | "fork", steps: readonly Step[]) => number[];
  split: (number: number, ...args: Argument[]) => number;
  flipMemory: (memory: Buffer, one: Buffer, other: Buffer) => bigint;
  flipDescriptor: (target: number, first: number, second: number) => bigint;
  flipNames: (one: string, other: string) => bigint;
  stop: (flipper: bigint) => void;
  address: (buffer: Buffer) => bigint;
  memory: (address: bigint | number, length: number) => Buffer;
  environment: () => string;
  interrupt: (number: number, ...args: Argument[]) => number;
};

export class Refused extends Error {
  readonly number: number;
  constructor(call: string, result: number) {
    super(`${call}: errno ${-result}`);
    this.number = -result;
  }
}

const require = createRequire(import.meta.url);
const AT_FDCWD = -100;
const READ_WRITE = 2;

export class Raw {
  readonly addon: Addon;
  readonly #numbers: Record<string, number>;

  /** Inside the jail the addon is a package of the project; the battery itself names its file. */
  constructor(file = "attack-addon", numbers: Record<string, number> = require("attack-addon/numbers.json")) {
    this.addon = require(file);
    this.#numbers = numbers;
  }

  number(name: string): number {
    const number = this.#numbers[name];
    if (number === undefined) throw new Error(`no system call ${name}`);
    return number;
  }

  /** The call's result, or the negative errno. */
  try(name: string, ...args: Argument[]): number {
    return this.addon.syscall(this.number(name), ...args);
  }

  call(name: string, ...args: Argument[]): number {
    const result = this.try(name, ...args);
    if (result < 0) throw new Refused(name, result);
    return result;
  }

  open(path: string, flags = 0, mode = 0o600): number {
    return this.call("openat", AT_FDCWD, text(path), flags, mode);
  }

  close(descriptor: number): void {
    this.try("close", descriptor);
  }

  readAll(descriptor: number): string {
    const buffer = Buffer.alloc(65536);
    const length = this.call("read", descriptor, buffer, buffer.length);
    this.close(descriptor);
    return buffer.toString("latin1", 0, length);
  }

  readFile(path: string): string {
    return this.readAll(this.open(path));
  }

  writeFile(path: string, data: string): void {
    const file = this.open(path, 0o1101 /* O_WRONLY O_CREAT O_TRUNC */);
    this.call("write", file, Buffer.from(data), data.length);
    this.close(file);
  }

  list(path: string): string {
    const folder = this.open(path, 0o200000 /* O_DIRECTORY */);
    const buffer = Buffer.alloc(65536);
    const length = this.call("getdents64", folder, buffer, buffer.length);
    this.close(folder);
    return buffer.toString("latin1", 0, length);
  }

  socket(family: number, type: number, protocol = 0): number {
    return this.call("socket", family, type, protocol);
  }

  /** Connects a new stream socket and sends. */
  connectStream(family: number, address: Buffer, data: string, protocol = 0): number {
    const socket = this.socket(family, 1, protocol);
    this.call("connect", socket, address, address.length);
    this.call("write", socket, Buffer.from(data), data.length);
    return socket;
  }

  /** `struct msghdr`, with all that it points to kept alive in the result. */
  message(address: Buffer | undefined, data: string, control?: Buffer): { header: Buffer; keep: Buffer[] } {
    const bytes = Buffer.from(data);
    const vector = Buffer.alloc(16);
    vector.writeBigUInt64LE(this.addon.address(bytes), 0);
    vector.writeBigUInt64LE(BigInt(bytes.length), 8);
    const header = Buffer.alloc(56);
    if (address !== undefined) {
      header.writeBigUInt64LE(this.addon.address(address), 0);
      header.writeUInt32LE(address.length, 8);
    }
    header.writeBigUInt64LE(this.addon.address(vector), 16);
    header.writeBigUInt64LE(1n, 24);
    if (control !== undefined) {
      header.writeBigUInt64LE(this.addon.address(control), 32);
      header.writeBigUInt64LE(BigInt(control.length), 40);
    }
    return { header, keep: [bytes, vector, ...(address === undefined ? [] : [address]), ...(control === undefined ? [] : [control])] };
  }
}

/** A path or name as C has it. */
export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, "latin1");
}

export function sockaddr4(host: string, port: number): Buffer {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(2, 0);
  address.writeUInt16BE(port, 2);
  Buffer.from(host.split(".").map(Number)).copy(address, 4);
  return address;
}

/** `groups`: the address as eight numbers. */
export function sockaddr6(groups: readonly number[], port: number): Buffer {
  const address = Buffer.alloc(28);
  address.writeUInt16LE(10, 0);
  address.writeUInt16BE(port, 2);
  for (const [index, group] of groups.entries()) address.writeUInt16BE(group, 8 + index * 2);
  return address;
}

/** A unix socket's address; a leading NUL makes it abstract. */
export function sockaddrUnix(path: string): Buffer {
  const abstract = path.startsWith("\0");
  return Buffer.concat([Buffer.from([1, 0]), Buffer.from(path, "latin1"), Buffer.alloc(abstract ? 0 : 1)]);
}

export const LOOPBACK6: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 1];
export { AT_FDCWD, READ_WRITE };
