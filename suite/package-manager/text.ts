/** Text from elsewhere for a terminal: control characters and those that turn the direction of writing are written out. */
export function escapeText(text: string): string {
  const escaped = text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g, (letter) => `\\u{${letter.codePointAt(0)?.toString(16) ?? ""}}`);
  return escaped.length > 2000 ? `${escaped.slice(0, 2000)}…` : escaped;
}

/** `3 hours`, `1 day`. */
export function span(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  if (hours < 1) return count(Math.max(1, Math.floor(milliseconds / 60_000)), "minute");
  return hours < 48 ? count(hours, "hour") : count(Math.floor(hours / 24), "day");
}

export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
