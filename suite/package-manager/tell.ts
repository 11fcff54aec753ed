// Prints what was noticed, before anything is put in place.
import type { Context } from "./commands/context.ts";
import { isSet } from "./request.ts";
import { count } from "./text.ts";

/** False where `--strict` stops here. */
export function tell({ request, notices, progress }: Context): boolean {
  progress.end();
  const suspicions = notices.all().filter((notice) => notice.kind === "suspicion");
  const shown = request.output === "silent" ? suspicions : notices.all();
  for (const notice of shown) console.error(`cordon: ${notice.kind === "suspicion" ? "suspicious: " : ""}${notice.text}`);
  if (suspicions.length === 0 || !isSet(request, "strict")) return true;
  console.error(`cordon: Nothing was installed: ${count(suspicions.length, "suspicion")}, and --strict stops at the first`);
  return false;
}
