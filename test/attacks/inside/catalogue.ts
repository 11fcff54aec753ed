// All attacks that run inside a jail.
import type { Attack } from "./attack.ts";
import { attacks as engine } from "./attacks/engine.ts";
import { attacks as environment } from "./attacks/environment.ts";
import { attacks as links } from "./attacks/files-links.ts";
import { attacks as metadata } from "./attacks/files-metadata.ts";
import { attacks as paths } from "./attacks/files-paths.ts";
import { attacks as project } from "./attacks/files-project.ts";
import { attacks as readers } from "./attacks/files-readers.ts";
import { attacks as sqlite } from "./attacks/files-sqlite.ts";
import { attacks as writers } from "./attacks/files-writers.ts";
import { attacks as kernel } from "./attacks/kernel.ts";
import { attacks as names } from "./attacks/network-names.ts";
import { attacks as direct } from "./attacks/network-raw.ts";
import { attacks as network } from "./attacks/network.ts";
import { attacks as others } from "./attacks/other-processes.ts";
import { attacks as processes } from "./attacks/processes.ts";
import { attacks as supply } from "./attacks/supply-chain.ts";

export const ATTACKS: readonly Attack[] = [
  ...paths, ...links, ...metadata, ...readers, ...writers, ...sqlite, ...project,
  ...network, ...direct, ...names, ...environment, ...processes, ...others, ...kernel, ...engine, ...supply,
];

const BY_NAME: ReadonlyMap<string, Attack> = new Map(ATTACKS.map((attack) => [attack.name, attack]));

export function findAttack(name: string): Attack {
  const attack = BY_NAME.get(name);
  if (attack === undefined) throw new Error(`no attack ${name}`);
  return attack;
}
