// The engine's own fields have symbols that nobody else has, always the same ones.

export function fieldOf(object: object, name: string): unknown {
  const symbol = symbolOf(object, name);
  return symbol === undefined ? undefined : (object as Record<symbol, unknown>)[symbol];
}

/** The symbol of a field that the object has. */
export function symbolOf(object: object, name: string): symbol | undefined {
  const known = symbols.get(name);
  if (known !== undefined) return known;
  const symbol = Object.getOwnPropertySymbols(object).find(({ description }) => description === name);
  if (symbol !== undefined) symbols.set(name, symbol);
  return symbol;
}

const symbols = new Map<string, symbol>();
