import Koa from "koa";
const app = new Koa();
app.use(async (context, next) => { await next(); context.set("x-after", "1"); });
app.use((context) => { context.body = { path: context.path, method: context.method }; });
const server = app.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
