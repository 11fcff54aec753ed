// Granted folders that the program removes and makes again, as build tools do with their output: bundled by itself
// (dist/remade.cjs) and loaded with the first such call that failed.
//
// The kernel binds a grant to the folder itself and so refuses to remove it, whoever asks. Here that refusal becomes what
// a removal would have been: the folder is emptied and stays, and making it again succeeds. Where native code may run, the
// broker gives the same answers to every process, and no error gets here. Nothing is permitted by this: each call in here
// is one that the program could make itself.
import { basename, dirname, join } from "node:path";
import { constants } from "node:os";
import type { Bag, Files } from "../engine.ts";
import { absolute } from "../paths.ts";
import { markRemoved, type Settings } from "../settings.ts";

/** What the program gets in the error's place: the same one, another, or with `undefined` success. */
export type Left = Bag | undefined;

export type Remade = {
  answer(call: string, args: readonly unknown[], error: Bag): Left;
  /** As `answer`, for calls whose program does not wait. */
  answerLater(call: string, args: readonly unknown[], error: Bag, done: (left: Left) => void): void;
};

type Granted = { path: string; /** Its place among the grants. */ place: number };

export function createRemade(settings: Settings, files: Files): Remade {
  const roots = settings.policy?.write ?? [];
  const names = new Set(roots.map((root) => basename(root)));

  /** The granted folder that a path names; what only lies in one, or is a file or a symlink, is none. */
  const find = (subject: unknown): Granted | undefined => {
    const path = absolute(subject);
    if (path === undefined || !names.has(basename(path))) return undefined;
    try {
      const real = join(files.realpathSync(dirname(path)), basename(path));
      const place = roots.indexOf(real);
      return place >= 0 && files.lstatSync(real).isDirectory() ? { path: real, place } : undefined;
    } catch {
      return undefined;
    }
  };
  const isEmpty = (granted: Granted): boolean => files.readdirSync(granted.path).length === 0;
  const remove = (granted: Granted, error: Bag): Left => {
    if (!isEmpty(granted)) return as(error, "ENOTEMPTY", "directory not empty");
    markRemoved(settings, granted.place);
    return undefined;
  };
  const make = (granted: Granted, error: Bag): Left => {
    const { removed } = settings;
    const wasRemoved = removed !== undefined && Atomics.exchange(removed, granted.place, 0) === 1;
    return wasRemoved && isEmpty(granted) ? undefined : error;
  };
  const answerNow = (call: string, granted: Granted, error: Bag): Left => {
    try {
      if (call === "mkdir") return make(granted, error);
      return call === "unlink" ? as(error, "EISDIR", "illegal operation on a directory") : remove(granted, error);
    } catch {
      return error; // The folder can't be listed.
    }
  };
  return {
    answer(call, args, error) {
      const granted = find(args[0]);
      if (granted === undefined) return error;
      if (call !== "rm") return answerNow(call, granted, error);
      const options = recursive(args[1]);
      if (options === undefined) return error;
      try {
        for (const name of files.readdirSync(granted.path)) files.rmSync(join(granted.path, name), options);
      } catch (inside) {
        return inside as Bag;
      }
      return answerNow(call, granted, error);
    },
    answerLater(call, args, error, done) {
      const granted = find(args[0]);
      const options = call === "rm" ? recursive(args[1]) : undefined;
      if (granted === undefined || (call === "rm" && options === undefined)) return done(error);
      if (options === undefined) return done(answerNow(call, granted, error));
      emptyLater(files, granted.path, options, (inside) => done(inside ?? answerNow(call, granted, error)));
    },
  };
}

type RemoveOptions = { recursive: true; force: true; maxRetries?: number; retryDelay?: number };

/** The options for what is in the folder, where all of it is to go. */
function recursive(options: unknown): RemoveOptions | undefined {
  const given = options as Partial<RemoveOptions> | undefined | null;
  return typeof given === "object" && given?.recursive === true ? { ...given, recursive: true, force: true } : undefined;
}

/** Removes all that is in `folder`; `done` gets the first error, after the last of them ended. */
function emptyLater(files: Files, folder: string, options: RemoveOptions, done: (error: Left) => void): void {
  files.readdir(folder, (failure, names) => {
    let first = (failure ?? undefined) as Left;
    let running = names?.length ?? 0;
    if (first !== undefined || running === 0) return done(first);
    for (const name of names) {
      files.rm(join(folder, name), options, (error) => {
        first ??= (error ?? undefined) as Left;
        if (--running === 0) done(first);
      });
    }
  });
}

/** The same error with another code, as libuv words it. */
function as(error: Bag, code: "ENOTEMPTY" | "EISDIR", text: string): Bag {
  const old = String(error.message);
  const message = `${code}: ${text}${old.includes(", ") ? old.slice(old.indexOf(", ")) : ""}`;
  const { stack } = error;
  if (typeof stack === "string") error.stack = stack.replace(old, () => message);
  error.message = message;
  error.code = code;
  error.errno = -constants.errno[code];
  return error;
}
