import type { Attack } from "./attack.ts";
import { frameFloods } from "./frame-floods.ts";
import { malformedFlood } from "./malformed.ts";
import { slowAttacks } from "./slow.ts";

export const attacks: readonly Attack[] = [...slowAttacks, ...frameFloods, malformedFlood];

export function findAttack(name: string): Attack {
  const found = attacks.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no attack ${JSON.stringify(name)}; there are ${attacks.map((one) => one.name).join(", ")}`);
  return found;
}
