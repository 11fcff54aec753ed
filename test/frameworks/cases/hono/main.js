import { serve } from "@hono/node-server";
import { Hono } from "hono";
const app = new Hono();
app.get("/hello/:name", (context) => context.json({ hello: context.req.param("name") }));
app.post("/echo", async (context) => context.json(await context.req.json(), 201));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => console.log("port", port));
