// One connection to a Redis or Valkey, and nothing that waits in line for it. It keeps no program alive.
import { createClient } from "@redis/client";
import { createHash } from "node:crypto";
import { SCRIPT } from "./script.ts";

export type Link = {
  /** Connected, and told who we are. */
  readonly isReady: boolean;
  /** What went wrong last. */
  readonly trouble: string;
  /** Connects, unless that was tried a moment ago. */
  connect(now: number): void;
  /** Runs the script. */
  run(keys: string[], words: string[]): Promise<unknown>;
  /** Gives the connection up. */
  drop(why: string): void;
};

const DIGEST = createHash("sha1").update(SCRIPT).digest("hex");
const CONNECT_TIMEOUT = 2000;
const FIRST_WAIT = 100;
const LONGEST_WAIT = 5000;

export function createLink(url: string): Link {
  let client: ReturnType<typeof open> | undefined;
  let isReady = false;
  let trouble = "it was not reached yet";
  let wait = FIRST_WAIT;
  let next = 0;

  function give(why: string): void {
    // It comes from the other side, and goes to a terminal.
    trouble = why.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
    isReady = false;
    const gone = client;
    client = undefined;
    try {
      gone?.destroy();
    } catch {
      // It was never open.
    }
  }

  return {
    get isReady() {
      return isReady;
    },
    get trouble() {
      return trouble;
    },
    connect(now) {
      if (client !== undefined || now < next) return;
      next = now + wait;
      wait = Math.min(wait * 2, LONGEST_WAIT);
      const made = open(url);
      client = made;
      const failed = (error: unknown): void => {
        if (client === made) give(messageOf(error));
      };
      made.on("error", failed);
      // Its own tries to connect again would keep the program from ending.
      made.unref();
      made.connect().then(() => {
        if (client !== made) return;
        isReady = true;
        wait = FIRST_WAIT;
      }, failed);
    },
    async run(keys, words) {
      if (client === undefined) throw new Error(trouble);
      const current = client;
      const options = { keys, arguments: words };
      return current.evalSha(DIGEST, options).catch((error: unknown) => {
        if (!messageOf(error).startsWith("NOSCRIPT")) throw error;
        return current.eval(SCRIPT, options);
      });
    },
    drop: give,
  };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the library's type is that of all its commands
function open(url: string) {
  return createClient({
    url,
    // What every Redis since version 5 and every Valkey speaks.
    RESP: 2,
    socket: { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: false },
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandsQueueMaxLength: 16,
  });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? String((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}
