// Interleaved samples and what they say.

/** What is run: the bare engine, the same again (its ratio to the first is the noise), cordon, others to compare with or for sight. */
export type Side =
  | Compared
  | `${Compared} again`
  | "jailed"
  | "no namespaces"
  | "cordon run"
  | "deno";

/** What cordon is compared with. */
export type Compared = "bare" | "bun" | "npm run" | "bun run" | "JavaScript" | "unexplained";

export type Bound = { readonly kind: "at most" | "at least"; readonly ratio: number } | { readonly kind: "at most more"; readonly amount: number };

export type Question = {
  readonly name: string;
  readonly unit: string;
  /** The promise: the bound on `measured` : `to`. */
  readonly bound: Bound;
  /** Without it, jailed : bare. */
  readonly compare?: { readonly measured: Side; readonly to: Compared };
  readonly sides: readonly Side[];
  /** Fewer samples for what takes minutes. */
  readonly most?: number;
  /** Gets ready; gives what takes one sample, and what cleans up. */
  prepare(quick: boolean): Promise<{ sample(side: Side): Promise<number>; end(): void | Promise<void> }>;
};

/** As it is kept in bench/results. */
export type Answer = {
  readonly name: string;
  readonly unit: string;
  readonly bound: Bound;
  readonly compare: { readonly measured: Side; readonly to: Compared };
  readonly samples: number;
  readonly medians: Partial<Record<Side, number>>;
};

/** `tell` gets the seconds that the whole will take, as the first round shows. */
export async function answer(question: Question, wanted: number, quick: boolean, tell: (seconds: number) => void): Promise<Answer> {
  const { name, unit, bound, sides, compare = { measured: "jailed", to: "bare" } } = question;
  const samples = Math.min(wanted, question.most ?? wanted);
  const { sample, end } = await question.prepare(quick);
  const taken = new Map<Side, number[]>(sides.map((side) => [side, []]));
  try {
    const started = performance.now();
    for (const side of sides) await sample(side); // Warms the caches; not counted.
    tell(((performance.now() - started) / 1000) * samples);
    for (let round = 0; round < samples; round++) {
      // Each round begins with another side, so that none always follows the same one.
      for (let turn = 0; turn < sides.length; turn++) {
        const side = sides[(round + turn) % sides.length];
        if (side !== undefined) taken.get(side)?.push(await sample(side));
      }
    }
  } finally {
    await end();
  }
  return { name, unit, bound, compare, samples, medians: Object.fromEntries([...taken].map(([side, values]) => [side, median(values)])) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
