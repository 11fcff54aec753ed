// What `cordon-install foresee` hands over on stdin while the engine starts and the resolver works: of lists of versions what
// can matter, and single versions. It is what registries said, and is held to the same rules; what is not here is asked for.

import type { Readable } from "node:stream";

export type ForeseenList = { readonly text: Buffer; /** The ranges and tags that it is enough for. */ readonly wanted: ReadonlySet<string> };

export type Foreseen = {
  /** The latest that came, as soon as it is enough for `wanted`; what there is, when nothing more comes. */
  enough(name: string, wanted: string): Promise<ForeseenList | undefined>;
  /** The latest that came. */
  list(name: string, form: string): ForeseenList | undefined;
  version(name: string, version: string): Promise<Buffer | undefined>;
  /** Nothing more is read. */
  close(): void;
};

type Head = { readonly name: string; readonly form?: string; readonly version?: string; readonly wanted?: readonly string[]; readonly length: number };

type Documents = { readonly lists: Map<string, ForeseenList>; readonly versions: Map<string, Buffer> };

/** Milliseconds: longer than whoever looks ahead takes (installer/src/foresee.rs), should it stand still. */
const LONGEST = 30_000;

/** Nothing where nobody looked ahead. */
export const UNFORESEEN: Foreseen = { enough: () => Promise.resolve(undefined), list: () => undefined, version: () => Promise.resolve(undefined), close: () => {} };

export function readForeseen(input: Readable): Foreseen {
  const documents: Documents = { lists: new Map(), versions: new Map() };
  const news = makeNews();
  void collect(input, documents, news.tell).finally(news.end);
  setTimeout(news.end, LONGEST).unref();
  return {
    async enough(name, wanted) {
      const isEnough = (): boolean => documents.lists.get(`abridged ${name}`)?.wanted.has(wanted) === true;
      while (!isEnough() && (await news.of(name))) continue;
      return documents.lists.get(`abridged ${name}`);
    },
    list: (name, form) => documents.lists.get(`${form} ${name}`),
    async version(name, version) {
      const key = `${name}@${version}`;
      while (!documents.versions.has(key) && (await news.of(name))) continue;
      return documents.versions.get(key);
    },
    close: () => void input.destroy(),
  };
}

type News = { /** Whether something came, and not the end. */ of(name: string): Promise<boolean>; tell(name: string): void; end(): void };

/** Everybody who asks waits: it is looked for once, by who began before. */
function makeNews(): News {
  const waiting = new Map<string, ((came: boolean) => void)[]>();
  let isOver = false;
  const wake = (name: string, came: boolean): void => {
    const woken = waiting.get(name) ?? [];
    waiting.delete(name);
    for (const go of woken) go(came);
  };
  return {
    of: (name) => (isOver ? Promise.resolve(false) : new Promise((go) => waiting.set(name, [...(waiting.get(name) ?? []), go]))),
    tell: (name) => wake(name, true),
    end() {
      isOver = true;
      for (const name of waiting.keys()) wake(name, false);
    },
  };
}

/** Whoever writes may be killed, or keep the pipe open when all is said: what came as a whole counts. */
async function collect(input: Readable, documents: Documents, tell: (name: string) => void): Promise<void> {
  let parts: Buffer[] = [];
  let [come, needed] = [0, 1];
  try {
    for await (const part of input as AsyncIterable<Buffer>) {
      parts.push(part);
      come += part.length;
      if (come < needed) continue;
      let rest = Buffer.concat(parts);
      for (;;) {
        const next = read(rest);
        if (next === "end") return;
        if (typeof next === "number") {
          needed = next;
          break;
        }
        put(documents, next.head, next.text);
        tell(next.head.name);
        rest = rest.subarray(next.size);
      }
      [parts, come] = [[rest], rest.length];
    }
  } catch {
    // As if it ended here.
  }
}

type Document = { readonly head: Head; readonly text: Buffer; readonly size: number };

/** A document, or how many bytes it takes to know more. */
function read(bytes: Buffer): Document | "end" | number {
  const end = bytes.indexOf("\n");
  if (end < 0) return bytes.length + 1;
  const head = JSON.parse(bytes.toString("utf8", 0, end)) as Partial<Head>;
  if (head.name === undefined || head.length === undefined) return "end";
  const size = end + 1 + head.length;
  return bytes.length < size ? size : { head: head as Head, text: bytes.subarray(end + 1, size), size };
}

function put({ lists, versions }: Documents, { name, form = "", version, wanted }: Head, text: Buffer): void {
  if (wanted === undefined) versions.set(`${name}@${version ?? ""}`, text);
  else lists.set(`${form} ${name}`, { text, wanted: new Set(wanted) });
}
