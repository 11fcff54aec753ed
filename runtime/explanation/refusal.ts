// Which permission a failed call lacked, and on what.
import type { PolicySummary } from "../settings.ts";
import type { Attempt, Refusal } from "./attempt.ts";
import { fileRefusal } from "./file-refusal.ts";
import { moduleRefusal } from "./module-refusal.ts";
import { connectionRefusal, listenerRefusal, nameRefusal } from "./network-refusal.ts";
import { addonRefusal, databaseRefusal, programRefusal } from "./program-refusal.ts";

export type Failure = Record<string | symbol, unknown>;

export function refusalOf(error: Failure, attempt: Attempt, policy: PolicySummary | undefined): Refusal | undefined {
  switch (attempt.kind) {
    case "file":
      return fileRefusal(error, attempt, policy);
    case "program":
      return programRefusal(error, attempt, policy);
    case "connection":
      return connectionRefusal(error, attempt, policy);
    case "listener":
      return listenerRefusal(error, attempt);
    case "name":
      return nameRefusal(error, attempt, policy);
    case "addon":
      return addonRefusal(error, attempt, policy);
    case "module":
      return moduleRefusal(attempt, policy);
    case "database":
      return databaseRefusal(error, attempt, policy);
  }
}
