// Patterns of file names, by the engine's own glob; the shell library's takes longer to load than all the rest.
import { glob as engineGlob } from "node:fs/promises";

/** What is not matched stays as it is, as in sh (POSIX.1-2024, 2.14.3). */
async function match(pattern: string, { cwd }: { cwd: string }): Promise<string[]> {
  const found = await Array.fromAsync(engineGlob(pattern, { cwd }));
  return found.length === 0 ? [pattern] : found.toSorted();
}

function isGlobPattern(word: string): boolean {
  return /[*?]|\[[^\]]+\]/.test(word) || isBraceExpansion(word);
}

function isBraceExpansion(word: string): boolean {
  return /\{[^{}]*,[^{}]*\}/.test(word);
}

type Glob = { match: typeof match; isGlobPattern: typeof isGlobPattern; isBraceExpansion: typeof isBraceExpansion };

export const glob: Glob = { match, isGlobPattern, isBraceExpansion };
