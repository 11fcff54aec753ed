// What a user should see before anything is put in place.
import { escapeText } from "./text.ts";

export type Kind =
  /** Only to be known. */
  | "note"
  /** Something that may be an attack: --strict stops at it. */
  | "suspicion";

export type Notice = { readonly kind: Kind; readonly text: string };

export type Notices = { add(kind: Kind, text: string): void; all(): readonly Notice[] };

/** Each text once. Texts hold names from registries: they are escaped here. */
export function makeNotices(): Notices {
  const seen = new Map<string, Notice>();
  return {
    add: (kind, text) => void seen.set(`${kind} ${text}`, { kind, text: escapeText(text) }),
    all: () => [...seen.values()],
  };
}
