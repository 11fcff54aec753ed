// Interleaved samples and what they say.

/** What is run: the bare engine, the same again (its ratio to the first is the noise), cordon, other runtimes for sight. */
export type Side = "bare" | "bare again" | "jailed" | "no namespaces" | "bun" | "deno";

export type Question = {
  readonly name: string;
  readonly unit: string;
  /** The promise: the bound on jailed : bare. */
  readonly bound: { readonly kind: "at most" | "at least"; readonly ratio: number } | { readonly kind: "at most more"; readonly amount: number };
  readonly sides: readonly Side[];
  /** Fewer samples for what takes minutes. */
  readonly most?: number;
  /** Gets ready; gives what takes one sample, and what cleans up. */
  prepare(quick: boolean): Promise<{ sample(side: Side): Promise<number>; end(): void | Promise<void> }>;
};

export type Answer = { readonly question: Question; readonly samples: number; readonly medians: ReadonlyMap<Side, number> };

export async function answer(question: Question, wanted: number, quick: boolean): Promise<Answer> {
  const count = Math.min(wanted, question.most ?? wanted);
  const { sample, end } = await question.prepare(quick);
  const taken = new Map<Side, number[]>(question.sides.map((side) => [side, []]));
  try {
    for (const side of question.sides) await sample(side); // Warms the caches; not counted.
    for (let round = 0; round < count; round++) {
      // Each round begins with another side, so that none always follows the same one.
      for (let turn = 0; turn < question.sides.length; turn++) {
        const side = question.sides[(round + turn) % question.sides.length];
        if (side !== undefined) taken.get(side)?.push(await sample(side));
      }
    }
  } finally {
    await end();
  }
  return { question, samples: count, medians: new Map([...taken].map(([side, values]) => [side, median(values)])) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
