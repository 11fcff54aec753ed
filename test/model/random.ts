// Randomness that a seed repeats (mulberry32).

export type Random = {
  /** From 0 to below `end`. */
  below(end: number): number;
  /** True in `percent` of 100 calls. */
  chance(percent: number): boolean;
  one<T>(items: readonly T[]): T;
  some<T>(items: readonly T[], most: number): T[];
};

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  const one = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)];
    if (item === undefined) throw new RangeError("Cannot choose from nothing");
    return item;
  };
  return {
    below,
    chance: (percent) => next() * 100 < percent,
    one,
    some: (items, most) => (items.length === 0 ? [] : Array.from({ length: below(most + 1) }, () => one(items))),
  };
}
