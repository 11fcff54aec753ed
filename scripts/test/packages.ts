// Programs of the system that some tests need: fetched from Debian where that is possible, named loudly where it is not.
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";

type Need = { package: string; present: () => boolean; for: string };

const NEEDS: readonly Need[] = [
  { package: "postgresql", present: () => globSync("/usr/lib/postgresql/*/bin/initdb").length > 0, for: "the Express example's database" },
  { package: "redis-server", present: () => onPath("redis-server"), for: "limits that servers share" },
  { package: "curl", present: () => onPath("curl"), for: "the Express example's README" },
  { package: "tmux", present: () => onPath("tmux"), for: "tests on a real terminal" },
  { package: "openssl", present: () => onPath("openssl"), for: "tests of registries over TLS" },
  { package: "gcc", present: () => onPath("gcc"), for: "native addons of the tests" },
  { package: "g++", present: () => onPath("g++"), for: "native code that is built in a jail" },
  { package: "make", present: () => onPath("make"), for: "native code that is built in a jail" },
  { package: "python3", present: () => existsSync("/usr/bin/python3"), for: "native code that is built in a jail" },
  { package: "libc6-dev", present: () => existsSync("/usr/include/stdio.h"), for: "native addons of the tests" },
  { package: "git", present: () => onPath("git"), for: "tests of run grants" },
  { package: "zsh", present: () => onPath("zsh"), for: "its completions" },
  { package: "fish", present: () => onPath("fish"), for: "its completions" },
  { package: "man-db", present: () => onPath("man"), for: "the manual page" },
  { package: "groff-base", present: () => onPath("groff"), for: "the manual page" },
];

const SECONDS = 300;

/** Fetches what is missing; gives a line for each thing that still is. */
export function fetchPackages(): string[] {
  const missing = NEEDS.filter((need) => !need.present());
  if (missing.length > 0 && process.getuid?.() === 0 && onPath("apt-get")) fetch(missing);
  return missing.filter((need) => !need.present()).map((need) => `${need.package} is not installed (apt-get install ${need.package}): ${need.for}`);
}

function fetch(missing: readonly Need[]): void {
  const names = missing.map((need) => need.package);
  console.log(`fetching ${names.join(", ")}`);
  const settings = { stdio: ["ignore", "ignore", "inherit"] as ["ignore", "ignore", "inherit"], timeout: SECONDS * 1000, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  spawnSync("apt-get", ["update", "-q"], settings);
  spawnSync("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...names], settings);
}

function onPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => folder.startsWith("/") && existsSync(`${folder}/${program}`));
}
