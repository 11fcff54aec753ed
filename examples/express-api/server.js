// Notes over HTTP, kept in PostgreSQL.
import express from "express";
import pg from "pg";
import { notes } from "./notes.js";

const database = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8, connectionTimeoutMillis: 3000 });
// A connection that breaks while it is idle is replaced at the next query.
database.on("error", (error) => console.error(`database: ${error.message}`));

const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "10kb" }));
app.use("/notes", notes(database));
app.use((request, response) => response.status(404).json({ error: "no such page" }));
app.use((error, request, response, next) => {
  const status = error.status ?? (error.code === undefined ? 500 : 503);
  response.status(status).json({ error: status === 503 ? "the database cannot be reached" : error.message });
});

const port = Number(process.env.PORT ?? 8099);
const server = app.listen(port, "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${port}`);
});

process.once("SIGTERM", () => {
  server.close(async () => {
    await database.end();
    console.log("closed");
  });
  server.closeIdleConnections();
});
