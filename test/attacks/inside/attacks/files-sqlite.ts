// SQLite opens files by itself, in C.
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { claim, NODE, type Attack, type Target } from "../attack.ts";

export const attacks: Attack[] = [
  sqlite("open", "opens a database outside", (at) => rows(new DatabaseSync(join(at.folder, "data.db")))),
  sqlite("open-read-only", "opens a database outside, read-only", (at) => rows(new DatabaseSync(join(at.folder, "data.db"), { readOnly: true }))),
  sqlite("uri", "opens a database outside by a file: URI", (at) => rows(new DatabaseSync(new URL(`file://${join(at.folder, "data.db")}?immutable=1`)))),
  sqlite("attach", "ATTACHes a database outside", (at) => {
    const database = new DatabaseSync(":memory:");
    database.exec(`ATTACH '${join(at.folder, "data.db")}' AS other`);
    return JSON.stringify(database.prepare("SELECT * FROM other.secrets").all());
  }),
  sqlite("vacuum-into", "VACUUM INTO a file outside", (at) => new DatabaseSync(":memory:").exec(`VACUUM INTO '${join(at.folder, "new")}'`)),
  sqlite("create", "makes a database outside", (at) => new DatabaseSync(join(at.folder, "new")).exec("CREATE TABLE made (x)")),
  sqlite("change", "changes a database outside", (at) => new DatabaseSync(join(at.folder, "data.db")).exec("DELETE FROM secrets")),
  sqlite("backup", "backs a database up to a file outside", (at) => backup(new DatabaseSync(":memory:"), join(at.folder, "new"))),
  sqlite("temporary-folder", "PRAGMA temp_store_directory outside", (at) => {
    const database = new DatabaseSync(join(at.folder, "new"));
    database.exec(`PRAGMA journal_mode=WAL; CREATE TABLE made (x)`);
  }),
  sqlite("extension", "loads an extension from a file: any library would do", (at) => {
    const database = new DatabaseSync(":memory:", { allowExtension: true });
    try {
      database.loadExtension(join(at.folder, "extension.so"));
    } catch (error) {
      // Loaded, but without SQLite's entry point: its constructor has run by then.
      if (String(error).includes("sqlite3_extension_init") || String(error).includes("undefined symbol")) return claim(at);
      throw error;
    }
    return claim(at);
  }),
];

function sqlite(name: string, tries: string, run: (at: Target) => unknown): Attack {
  return { name: `sqlite/${name}`, tries, places: NODE, run };
}

function rows(database: DatabaseSync): string {
  return JSON.stringify(database.prepare("SELECT * FROM secrets").all());
}
