// A real terminal: util-linux's `script` gives a pty whose keyboard is our pipe.
import { spawn } from "node:child_process";
import type { Owner } from "./project.ts";
import { patience, plainEnvironment, type RunOptions } from "./run.ts";

export type Terminal = {
  /** Types characters; "\x03" is Ctrl-C, "\x1a" Ctrl-Z. */
  type(text: string): void;
  /** Settles when the screen has shown `text` since the last call that found something. */
  shows(text: string | RegExp): Promise<void>;
  /** All that was shown. */
  readonly shown: () => string;
};

/** Quotes one word for a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Opens a terminal with an interactive shell in it, until `owner`'s test ends. */
export async function openTerminal(owner: Owner, options: RunOptions = {}): Promise<Terminal> {
  const env = { ...plainEnvironment(), TERM: "dumb", SHELL: "/bin/sh", ...options.env };
  const shell = "PS1='ready> ' exec bash --norc --noprofile -i";
  const child = spawn("script", ["--quiet", "--flush", "--return", "--command", shell, "/dev/null"], { cwd: options.cwd, env, stdio: ["pipe", "pipe", "inherit"] });
  let shown = "";
  let seen = 0;
  const listeners = new Set<() => void>();
  child.stdin.on("error", () => {});
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const shows = (text: string | RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        listeners.delete(look);
        reject(new Error(`The terminal did not show ${text}; after what was seen before it shows ${JSON.stringify(shown.slice(seen))}`));
      }, options.timeout ?? patience);
      const look = (): void => {
        const end = endOf(shown, text, seen);
        if (end === undefined) return;
        seen = end;
        clearTimeout(timer);
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  const close = async (): Promise<void> => {
    child.stdin.end("\x03\nexit\nexit\n"); // Twice: a shell with stopped jobs warns first.
    const timer = setTimeout(() => child.kill(), 3000);
    await ended;
    clearTimeout(timer);
  };
  owner.after(close);
  await shows("ready> ");
  return { type: (text) => void child.stdin.write(text), shows, shown: () => shown };
}

function endOf(shown: string, text: string | RegExp, from: number): number | undefined {
  if (typeof text === "string") {
    const at = shown.indexOf(text, from);
    return at < 0 ? undefined : at + text.length;
  }
  const match = text.exec(shown.slice(from));
  return match === null ? undefined : from + match.index + match[0].length;
}
