// A random policy, as the flags of one run.
import { relative } from "node:path";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** Where the world's listeners are, and where its programs may want to go. */
export type Ports = { readonly open: readonly number[]; readonly closed: readonly number[] };

export const hosts: readonly string[] = ["127.0.0.1", "127.0.0.2", "127.3.2.1", "::1"];
export const variables: readonly string[] = ["APP", "APP_ONE", "APP_TWO", "APPLE", "OTHER", "LD_X", "NODE_OPTIONS", "GIT_DIR", "ü"];
export const programs: readonly string[] = ["one", "two", "one.sh"];

export function makePolicy(random: Random, world: World, ports: Ports): string[] {
  const path = (): string => {
    const chosen = random.one([...world.folders.slice(1), ...world.folders.slice(1), ...world.files, ...world.links]);
    return random.chance(50) ? chosen : relative(world.project, chosen) || ".";
  };
  // Most write grants avoid what can never be granted, or hardly any policy would stand.
  const writable = [...world.folders.slice(2), ...world.files].filter((place) => !/\/(node_modules|\.git)(\/|$)/.test(place));
  const changed = (): string => (writable.length === 0 || random.chance(5) ? path() : random.one(writable));
  const patterns: Record<string, () => string> = {
    read: path,
    write: () => (random.chance(15) ? `${changed()}/made` : changed()),
    net: () => net(random, ports, world),
    listen: () => listen(random, ports),
    env: () => random.one([...variables, "APP*", "APP_*", "O*"]),
    run: () => `${world.outside}/bin/${random.one(programs)}`,
  };
  const flags: string[] = [];
  for (const [permission, pattern] of Object.entries(patterns)) {
    for (let n = random.below(4); n > 0; n--) flags.push(`--allow-${permission}=${pattern()}`);
    if (random.chance(20)) flags.push(`--deny-${permission}=${pattern()}`);
  }
  if (random.chance(50)) flags.push("--namespaces=off");
  if (random.chance(50)) flags.push(`--landlock-at-most=${3 + random.below(5)}`);
  return flags;
}

function net(random: Random, ports: Ports, world: World): string {
  if (random.chance(15)) return `unix:${world.outside}/socket-${random.below(2)}`;
  const host = random.one(["127.0.0.1", "127.0.0.2", "[::1]", "localhost", "127.0.0.0/8", "127.0.0.0/30", "[::]/0", "10.0.0.0/8", "*", "name.example"]);
  return random.chance(70) ? `${host}:${port(random, ports)}` : host;
}

function listen(random: Random, ports: Ports): string {
  const host = random.one(["", "", "127.0.0.1:", "127.0.0.2:", "[::1]:", "0.0.0.0:"]);
  return `${host}${random.chance(15) ? 0 : port(random, ports)}`;
}

function port(random: Random, { open, closed }: Ports): string {
  const all = [...open, ...closed];
  if (random.chance(80)) return String(random.one(all));
  const [first, last] = [random.one(all), random.one(all)].toSorted((one, other) => one - other);
  return `${first}-${last}`;
}
