// Names that are one edit away from a popular package's: that is how typing mistakes are waited for.
import { npmHighImpact, npmTopDependents } from "npm-high-impact";

/** As many of the most wanted names count as worth imitating. */
const IMITATED = 4000;
/** Among shorter names everything is one edit away from something. */
const SHORTEST = 5;

const known: ReadonlySet<string> = new Set(npmHighImpact);
const popular: ReadonlySet<string> = new Set([...npmTopDependents.slice(0, IMITATED), ...npmHighImpact.slice(0, IMITATED)]);

/** The popular name that `name` looks like; undefined where it is popular itself, or like none. */
export function looksLike(name: string): string | undefined {
  if (known.has(name) || name.length < SHORTEST) return undefined;
  for (const variant of variants(name)) {
    if (popular.has(variant) && variant.length >= SHORTEST) return variant;
  }
  return undefined;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-._";

/** All names that one typing mistake makes of `name`: a letter more, less, another, or two in the wrong order. */
function* variants(name: string): Generator<string> {
  for (let at = 0; at <= name.length; at += 1) {
    const [before, after] = [name.slice(0, at), name.slice(at)];
    yield before + after.slice(1);
    if (after.length > 1) yield before + (after[1] ?? "") + (after[0] ?? "") + after.slice(2);
    for (const letter of LETTERS) {
      yield before + letter + after.slice(1);
      yield before + letter + after;
    }
  }
  yield name.replaceAll(/[-_.]/g, "");
}
