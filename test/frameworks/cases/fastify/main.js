import fastify from "fastify";
const app = fastify();
app.get("/hello/:name", { schema: { params: { type: "object", properties: { name: { type: "string", maxLength: 5 } } } } }, async (request) => ({ hello: request.params.name }));
app.post("/echo", async (request, reply) => reply.code(201).send(request.body));
const address = await app.listen({ port: 0, host: "127.0.0.1" });
console.log("port", new URL(address).port);
