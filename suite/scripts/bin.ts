// Which file of JavaScript a name of node_modules/.bin stands for, from a folder upwards as npm looks.
import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import { dirname, extname, join } from "node:path";

/** `undefined` where there is none, or where it is a native program. */
export function findBin(folder: string, name: string): string | undefined {
  if (name === "" || name.includes("/") || name.startsWith(".")) return undefined;
  for (let above = folder; ; above = dirname(above)) {
    const place = realPath(join(above, "node_modules/.bin", name));
    if (place !== undefined) return javascript(place);
    if (above === dirname(above)) return undefined;
  }
}

function javascript(file: string): string | undefined {
  const start = beginning(file);
  if (start.startsWith("#!")) {
    const [line = ""] = start.slice(2).split("\n", 1);
    if (line.split(/[\s/]/).some((word) => word === "node" || word === "cordon")) return file;
    return wrapped(file, start);
  }
  return /^\.[cm]?js$/.test(extname(file)) ? file : undefined;
}

/** pnpm puts shell scripts there, which end in `exec node "$basedir/../vite/bin/vite.js" "$@"`. */
function wrapped(file: string, script: string): string | undefined {
  const target = /node[^\n]*"\$basedir\/([^"\n]+)"[^"\n]*"\$@"/.exec(script)?.[1];
  return target === undefined ? undefined : realPath(join(dirname(file), target));
}

/** Nothing of a file that cannot be read. */
function beginning(file: string): string {
  const buffer = Buffer.alloc(4096);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    return buffer.toString("latin1", 0, readSync(descriptor, buffer));
  } catch {
    return "";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
