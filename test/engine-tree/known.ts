// Tests of the engine that a jail makes fail with every grant, each with the promise of cordon's that it runs into.
export const known: Readonly<Record<string, string>> = {};
