// Rules that a look at the text of one file can hold.
import { execFileSync } from "node:child_process";
import { homedir } from "node:os";
import { lineAt, root, type Finding, type SourceFile } from "./files.ts";

/** Unsafe code lives in launcher/src/sys, and each block says why it is sound. */
export function unsafeOnlyInSys(files: readonly SourceFile[]): Finding[] {
  const outside = files.filter((file) => /^launcher\/.*\.rs$/.test(file.path) && !file.path.startsWith("launcher/src/sys/"));
  return outside.flatMap((file) =>
    matches(file, /^[^/"\n]*\b(?:unsafe\s*\{|unsafe\s+(?:fn|impl|extern)|allow\(\s*unsafe_code)/gm, "unsafe code; move the call to launcher/src/sys"),
  );
}

/** Files name neither the machine that they were written on nor the mirror that it installs from. */
export function noMachineNames(files: readonly SourceFile[]): Finding[] {
  const home = homedir();
  const forbidden = [root, ...(home === "/root" || home === "/" ? [] : [home]), ...registryHost()];
  return files.flatMap((file) => forbidden.flatMap((name) => matches(file, new RegExp(escape(name) + "(?![\\w.-])", "g"), "the name of a place on this machine; write it relative")));
}

/** Lock files give versions and checksums; where to fetch from is the installing machine's choice. */
export function lockFilesNameNoHost(files: readonly SourceFile[]): Finding[] {
  return files
    .filter((file) => file.path.endsWith("package-lock.json"))
    .flatMap((file) => matches(file, /"resolved":\s*"https?:/g, "a registry's address; make the file with --omit-lockfile-registry-resolved"));
}

/** TypeScript that is not to be checked is not TypeScript. */
export function noSilencedChecks(files: readonly SourceFile[]): Finding[] {
  const ours = files.filter((file) => /^(?:runtime|suite|scripts|test|bench)\/.*\.ts$/.test(file.path) && !file.path.includes("/fixtures/"));
  return ours.flatMap((file) => matches(file, /^\s*\/\/ @ts-(?:ignore|nocheck)|\b(?:test|it|describe)\.(?:only|skip|todo)\(/gm, "a silenced check; mend it or delete it"));
}

function registryHost(): string[] {
  const address = execFileSync("npm", ["config", "get", "registry"], { cwd: root, encoding: "utf8" }).trim();
  const host = URL.canParse(address) ? new URL(address).hostname : "";
  return host === "" || host === "registry.npmjs.org" || host === "localhost" || /^[\d.]+$/.test(host) ? [] : [host];
}

function matches(file: SourceFile, pattern: RegExp, problem: string): Finding[] {
  return [...file.text.matchAll(pattern)].map((match) => ({ place: `${file.path}:${lineAt(file.text, match.index)}`, problem: `${match[0].trim()}: ${problem}` }));
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}
