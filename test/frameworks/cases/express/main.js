import express from "express";
const app = express();
app.use(express.json(), express.static(new URL("./public", import.meta.url).pathname));
app.get("/hello/:name", (request, response) => response.json({ hello: request.params.name, query: request.query }));
app.post("/echo", (request, response) => response.status(201).send(request.body));
app.get("/fail", () => { throw new Error("failed"); });
app.use((error, request, response, next) => response.status(500).type("text").send(error.message));
const server = app.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
