// Guards for node:sqlite, whose errors name neither the file nor the cause.
import { apply, construct, defineProperty, isCallable, isObject, type Bag, type Callable } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import { replace } from "../look-alike.ts";
import { territory } from "../territory.ts";

/** The class stays itself, subclasses and `instanceof` included: only making an instance and `exec` are looked at. */
export function guardDatabases(sqlite: Bag, explainer: Explainer): void {
  const original = sqlite.DatabaseSync;
  if (!isCallable(original) || !isObject(original.prototype)) return;
  const explain = (error: unknown, args: readonly unknown[]): void => {
    if (!isObject(error)) return;
    explainer.cleanStack(error);
    explainer.explain(error, { kind: "database", call: "DatabaseSync", args });
  };
  const opened = new WeakMap<object, readonly unknown[]>();
  const guarded = new Proxy(original, {
    construct(target, args: unknown[], newTarget): object {
      try {
        const database = construct(target, args, newTarget) as Bag;
        opened.set(database, args);
        if (isReadOnlyByRefusal(database, explainer)) watchStatements(database, (error) => explain(error, args));
        return database;
      } catch (error) {
        explain(error, args);
        throw error;
      }
    },
  });
  defineProperty(original.prototype, "constructor", { value: guarded, writable: true, enumerable: false, configurable: true });
  sqlite.DatabaseSync = guarded;
  // `ATTACH` and `VACUUM INTO` name files of their own.
  replace(original.prototype, "exec", { apply(exec, self, args) {
    try {
      return apply(exec, self, args);
    } catch (error) {
      const own = isObject(self) ? opened.get(self) : undefined;
      explain(error, [attached(error) ?? fileOf(self), own?.[1]]);
      throw error;
    }
  } });
}

/** SQLite's message for a second file is the only one that names it. */
function attached(error: unknown): string | undefined {
  return isObject(error) ? /^unable to open database: (.+)$/.exec(String(error.message))?.[1] : undefined;
}

/** Of an open database that is not in memory. */
function fileOf(database: unknown): string | undefined {
  const location = isObject(database) ? database.location : undefined;
  try {
    const file = isCallable(location) ? apply(location, database, []) : undefined;
    return typeof file === "string" ? file : undefined;
  } catch {
    return undefined;
  }
}

/** A database whose file may not be written is opened all the same, and each change fails later. */
function isReadOnlyByRefusal(database: Bag, { settings }: Explainer): boolean {
  const file = fileOf(database);
  return file !== undefined && settings.policy !== undefined && !territory(settings.policy.write)(file);
}

/** Of such a database only: statements are run too often to carry a guard for nothing. */
function watchStatements(database: Bag, explain: (error: unknown) => void): void {
  const { prepare } = database;
  if (!isCallable(prepare)) return;
  const watched = (statement: unknown): unknown => {
    if (isObject(statement)) for (const call of ["run", "get", "all"]) watchCall(statement, call, explain);
    return statement;
  };
  hide(database, "prepare", function (this: unknown, ...args: unknown[]): unknown {
    return watched(apply(prepare, this, args));
  });
}

function watchCall(object: Bag, name: string, explain: (error: unknown) => void): void {
  const original = object[name];
  if (!isCallable(original)) return;
  hide(object, name, function (this: unknown, ...args: unknown[]): unknown {
    try {
      return apply(original, this, args);
    } catch (error) {
      explain(error);
      throw error;
    }
  });
}

function hide(object: Bag, name: string, value: Callable): void {
  defineProperty(object, name, { value, writable: true, enumerable: false, configurable: true });
}
