// A copy of the checkout in launcher/target/, where git and the checks do not look: it is changed, built and put right again.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, globSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sourceFiles } from "../../scripts/check/files.ts";
import type { Edit } from "./mutation.ts";

/** What is built: bin/cordon, bin/cordon-install, dist/. */
export type Part = "launcher" | "installer" | "runtime";

const PARTS: readonly Part[] = ["launcher", "installer", "runtime"];

export class Tree {
  readonly folder: string;
  /** Parts whose source was changed since they were built. */
  readonly #stale: Set<Part> = new Set(PARTS);

  /** Brings the copy up to date with `root`. */
  constructor(root: string, folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    linkPackages(root, folder);
    copySources(root, folder);
  }

  /** @throws where an edit's text does not stand in its file exactly once. */
  apply(edits: readonly Edit[]): void {
    for (const edit of edits) {
      const path = join(this.folder, edit.file);
      const text = readFileSync(path, "utf8");
      writeFileSync(path, edited(text, edit));
      this.#stale.add(partOf(edit.file));
    }
  }

  /** Puts the files of `edits` right again, from `root`. */
  restore(root: string, edits: readonly Edit[]): void {
    for (const { file } of edits) {
      writeFileSync(join(this.folder, file), readFileSync(join(root, file)));
      this.#stale.add(partOf(file));
    }
  }

  /** Builds what was changed; `undefined`, or what the compiler says. */
  build(): string | undefined {
    for (const part of PARTS.filter((one) => this.#stale.has(one))) {
      const failed = part === "runtime" ? this.#bundle() : this.#compile(part);
      if (failed !== undefined) return failed;
      this.#stale.delete(part);
    }
    return undefined;
  }

  #bundle(): string | undefined {
    return run(process.execPath, ["--no-warnings", "scripts/build.ts", "--runtime"], this.folder);
  }

  /** A debug build: of the optimised one the compiler would begin again each time. */
  #compile(part: "launcher" | "installer"): string | undefined {
    const failed = run("cargo", ["build", "--quiet", "--locked", "--manifest-path", `${part}/Cargo.toml`], this.folder);
    if (failed !== undefined) return failed;
    const name = part === "launcher" ? "cordon" : "cordon-install";
    mkdirSync(join(this.folder, "bin"), { recursive: true });
    rmSync(join(this.folder, "bin", name), { force: true });
    copyFileSync(join(this.folder, part, "target/debug", name), join(this.folder, "bin", name));
    return undefined;
  }
}

/** @throws where the text to be replaced is missing, or stands there twice. */
export function edited(text: string, { file, from, to }: Edit): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${file} holds ${JSON.stringify(from)} ${parts.length - 1} times instead of once`);
  return parts.join(to);
}

function partOf(file: string): Part {
  if (file.startsWith("installer/")) return "installer";
  return file.startsWith("runtime/") || file.startsWith("suite/") ? "runtime" : "launcher";
}

/** The same files by other names: hundreds of megabytes that nobody changes. */
function linkPackages(root: string, folder: string): void {
  const lock = "package-lock.json";
  const isCurrent = existsSync(join(folder, "node_modules")) && existsSync(join(folder, lock)) && readFileSync(join(folder, lock), "utf8") === readFileSync(join(root, lock), "utf8");
  if (isCurrent) return;
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  execFileSync("cp", ["-al", join(root, "node_modules"), join(folder, "node_modules")]);
}

/** Files that are the same keep their times, so that nothing is compiled for them. */
function copySources(root: string, folder: string): void {
  const paths = new Set(sourceFiles().map((file) => file.path));
  for (const path of linked(root)) paths.add(path);
  for (const path of globSync("{launcher,installer,runtime,suite,contract,scripts,test}/**/*.{rs,ts,json}", { cwd: folder, exclude: (name) => name.endsWith("target") || name.endsWith("node_modules") })) {
    if (!paths.has(path)) rmSync(join(folder, path), { force: true });
  }
  for (const path of paths) copy(join(root, path), join(folder, path));
}

/** Symlinks and files that are no text, which the checks leave out. */
function linked(root: string): string[] {
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: root, maxBuffer: 64 << 20 }).toString();
  return listed.split("\0").filter((path) => path !== "" && lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  if (lstatSync(from).isSymbolicLink()) {
    rmSync(to, { force: true });
    return symlinkSync(readlinkSync(from), to);
  }
  const bytes = readFileSync(from);
  if (!existsSync(to) || !readFileSync(to).equals(bytes)) writeFileSync(to, bytes, { mode: lstatSync(from).mode });
}

function run(command: string, args: readonly string[], cwd: string): string | undefined {
  const ended = spawnSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 << 20 });
  return ended.status === 0 ? undefined : `${command} ${args.join(" ")}\n${ended.stdout ?? ""}${ended.stderr ?? ""}${ended.error?.message ?? ""}`;
}
