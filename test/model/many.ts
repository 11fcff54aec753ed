// As many worlds as make so many cases.
import { buildDecider, compareWorld, type Difference } from "./compare.ts";
import { openListeners } from "./listeners.ts";

export type Total = { readonly cases: number; readonly worlds: number; readonly refused: number; readonly differences: readonly Difference[] };

export async function compareMany(wanted: number, seed: number): Promise<Total> {
  buildDecider();
  const listeners = await openListeners();
  const differences: Difference[] = [];
  let [cases, worlds, refused] = [0, 0, 0];
  try {
    for (; cases < wanted; worlds++) {
      const result = await compareWorld(seed + worlds, listeners);
      cases += result.cases;
      if (result.refused) refused++;
      differences.push(...result.differences);
      if (differences.length > 50) break;
    }
  } finally {
    listeners.close();
  }
  return { cases, worlds, refused, differences };
}
