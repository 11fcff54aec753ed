// Temporary folders with files in them, removed when a test ends.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ordinary } from "./user.ts";

/** Contents by relative path; an object is written as JSON. */
export type Files = Record<string, string | Uint8Array | object>;

export type Project = {
  /** Absolute, without symlinks. */
  readonly folder: string;
  /** The absolute path of a name in the project. */
  path(...names: string[]): string;
  write(files: Files): void;
  /** Gives everything in the project to the ordinary user of the tests; needs root. */
  give(): void;
  remove(): void;
};

/** What a test gives: `t` of node:test. */
export type Owner = { after(step: () => void | Promise<void>): void };

/** Makes a folder with `files` in it that lasts as long as `owner`'s test. */
export function makeProject(owner: Owner, files: Files = {}): Project {
  const project = makeLooseProject(files);
  owner.after(() => project.remove());
  return project;
}

/** Makes a folder with `files` in it; the caller removes it. */
export function makeLooseProject(files: Files = {}): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "test-of-cordon-")));
  chmodSync(folder, 0o755);
  const project: Project = {
    folder,
    path: (...names) => join(folder, ...names),
    write: (more) => writeFiles(folder, more),
    give: () => giveTo(folder),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
  project.write(files);
  return project;
}

function writeFiles(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const bytes = typeof content === "string" || content instanceof Uint8Array ? content : `${JSON.stringify(content, null, 2)}\n`;
    writeFileSync(path, bytes);
  }
}

function giveTo(folder: string): void {
  if (process.getuid?.() !== 0) return;
  chownSync(folder, ordinary.uid, ordinary.gid);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isSymbolicLink()) chownSync(join(entry.parentPath, entry.name), ordinary.uid, ordinary.gid);
  }
}
