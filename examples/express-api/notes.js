// The pages below /notes.
import { Router } from "express";

const TABLE = `create table if not exists notes (
  id integer generated always as identity primary key,
  text text not null check (length(text) between 1 and 1000),
  made timestamptz not null default now())`;

export function notes(database) {
  const pages = Router();
  let made;
  // The table is made at the first request, so that the server starts without its database.
  pages.use(async (request, response, next) => {
    made ??= database.query(TABLE).catch((error) => {
      made = undefined;
      throw error;
    });
    await made;
    next();
  });

  pages.get("/", async (request, response) => {
    const { rows } = await database.query("select id, text from notes order by id");
    response.json(rows);
  });

  pages.get("/:id", async (request, response) => {
    const { rows } = await database.query("select id, text from notes where id = $1", [Number(request.params.id) || 0]);
    if (rows.length === 0) response.status(404).json({ error: "no such note" });
    else response.json(rows[0]);
  });

  pages.post("/", async (request, response) => {
    const text = request.body?.text;
    if (typeof text !== "string" || text === "" || text.length > 1000) {
      response.status(400).json({ error: "text must have 1 to 1000 characters" });
      return;
    }
    const { rows } = await database.query("insert into notes (text) values ($1) returning id, text", [text]);
    response.status(201).location(`/notes/${rows[0].id}`).json(rows[0]);
  });

  pages.delete("/:id", async (request, response) => {
    const { rowCount } = await database.query("delete from notes where id = $1", [Number(request.params.id) || 0]);
    response.status(rowCount === 0 ? 404 : 204).end();
  });
  return pages;
}
