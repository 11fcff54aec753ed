// In place of packages that the shell library loads and cordon does not use: a command line of its own (clipanion),
// another glob (fast-glob, micromatch), YAML (js-yaml), sums of files (crypto, which takes 4 ms to load).
export class Command {}
