// Redirections, as POSIX.1-2024, Shell Command Language, 2.7 has them: from left to right, each of what those in front of
// it left. The library's own give `> file 2>&1` the output that there was in front of both.
import { closeSync, createReadStream, open, writeSync } from "node:fs";
import { resolve } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import type { Builtin, RunLine, State } from "./control.ts";

/** The library starts a command that has redirections by this one: kinds and targets, `--`, and the command's words. */
export const REDIRECT = "__ysh_set_redirects";

type Redirection = { readonly type: string; readonly descriptor: number; readonly target: string };
type Redirected = { streams: [Readable, Writable, Writable]; readonly files: number[] };

class RedirectionError extends Error {}

export function redirections(runLine: RunLine): Builtin {
  return async (words, options, state) => {
    const redirected: Redirected = { streams: [state.stdin, state.stdout, state.stderr], files: [] };
    const { list, command } = read(words);
    try {
      for (const one of list) await redirect(one, state.cwd, redirected);
      const code = await perform(command, options, state, redirected, runLine);
      return code === 0 ? told(redirected, state) : code;
    } catch (error) {
      if (!(error instanceof RedirectionError)) throw error;
      state.stderr.write(`${error.message}\n`);
      return 2;
    } finally {
      for (const file of redirected.files) closeSync(file);
    }
  };
}

/** What the library hands over: for each kind its key, how many targets there are, and these. */
function read(words: readonly string[]): { list: Redirection[]; command: string[] } {
  const list: Redirection[] = [];
  let at = 0;
  while (words[at] !== "--" && at < words.length) {
    const { type, fd }: { type: string; fd: number | null } = JSON.parse(words[at] ?? "");
    const end = at + 2 + Number(words[at + 1]);
    for (const target of words.slice(at + 2, end)) list.push({ type, descriptor: fd ?? (type.startsWith("<") ? 0 : 1), target });
    at = end;
  }
  return { list, command: words.slice(at + 1) };
}

async function redirect({ type, descriptor, target }: Redirection, cwd: string, redirected: Redirected): Promise<void> {
  if (descriptor > 2) throw new RedirectionError(`Cannot redirect ${descriptor}${type} ${target}: this shell has the descriptors 0, 1 and 2`);
  const stream = await opened(type, target, cwd, redirected);
  if (descriptor === 0 ? !(stream instanceof Readable) : !(stream instanceof Writable)) throw new RedirectionError(`Cannot redirect ${descriptor}${type} ${target}: it goes in the other direction`);
  redirected.streams[descriptor] = stream as Readable & Writable;
}

async function opened(type: string, target: string, cwd: string, { streams, files }: Redirected): Promise<Readable | Writable> {
  switch (type) {
    case "<<<":
      return textOf(`${target}\n`);
    case "<&":
    case ">&":
      // What is closed is empty, and takes what is written.
      return target === "-" ? await opened(type.replace("&", ""), "/dev/null", cwd, { streams, files }) : duplicate(type, target, streams);
    case "<":
      return createReadStream("", { fd: await openFile(target, cwd, "r", files), autoClose: false });
    default:
      return target === "/dev/stdout" || target === "/dev/stderr" ? streams[target === "/dev/stdout" ? 1 : 2] : new FileOutput(await openFile(target, cwd, type === ">>" ? "a" : "w", files));
  }
}

function duplicate(type: string, target: string, streams: Redirected["streams"]): Readable | Writable {
  const stream = /^[012]$/.test(target) ? streams[Number(target)] : undefined;
  if (stream === undefined) throw new RedirectionError(`Cannot redirect to ${JSON.stringify(`${type}${target}`)}: this shell has the descriptors 0, 1 and 2`);
  return stream;
}

async function openFile(target: string, cwd: string, flags: string, files: number[]): Promise<number> {
  try {
    const file = await promisify(open)(resolve(cwd, target), flags);
    files.push(file);
    return file;
  } catch (error) {
    throw new RedirectionError(`Cannot open ${JSON.stringify(target)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function textOf(text: string): Readable {
  const stream = new PassThrough();
  stream.end(text);
  return stream;
}

/** Programs tell themselves what they cannot write; of the shell's own commands it is told here. */
function told({ streams }: Redirected, state: State): number {
  const failure = streams.map((stream) => (stream instanceof FileOutput ? stream.failure : undefined)).find((one) => one !== undefined);
  if (failure !== undefined) state.stderr.write(`Cannot write: ${failure.message}\n`);
  return failure === undefined ? 0 : 1;
}

/**
 * Programs get the file itself. What the shell's own commands write is in it before the next one starts. It takes what
 * cannot be written too: a stream that has failed would keep who pipes into it waiting.
 */
class FileOutput extends Writable {
  readonly fd: number;
  failure: Error | undefined;

  constructor(fd: number) {
    super({
      write: (chunk: Buffer, _encoding, done) => {
        try {
          for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
        } catch (error) {
          this.failure = error instanceof Error ? error : new Error(String(error));
        }
        done();
      },
    });
    this.fd = fd;
  }
}

/** A command of the shell goes on with the shell's own variables and folder; a program has its own. */
async function perform(command: readonly string[], options: Parameters<Builtin>[1], state: State, { streams: [stdin, stdout, stderr] }: Redirected, runLine: RunLine): Promise<number> {
  const [name, ...words] = command;
  if (name === undefined) return 0;
  const builtin = options.builtins.get(name);
  if (builtin === undefined) return await runLine('"$@"', [...command], { ...state, stdin, stdout, stderr }, {});
  const { stdin: ownInput, stdout: ownOutput, stderr: ownErrors } = state;
  Object.assign(state, { stdin, stdout, stderr });
  try {
    return await builtin(words, options, state);
  } finally {
    Object.assign(state, { stdin: ownInput, stdout: ownOutput, stderr: ownErrors });
  }
}
