require("reflect-metadata");
const { Controller, Get, Module, Param } = require("@nestjs/common"), { NestFactory } = require("@nestjs/core");
class Greeter { hello(name) { return { hello: name }; } }
Reflect.decorate([Get("hello/:name")], Greeter.prototype, "hello", Object.getOwnPropertyDescriptor(Greeter.prototype, "hello"));
Param("name")(Greeter.prototype, "hello", 0);
Controller()(Greeter);
class App {}
Module({ controllers: [Greeter] })(App);
NestFactory.create(App, { logger: false }).then(async (app) => { await app.listen(0, "127.0.0.1"); console.log("port", app.getHttpServer().address().port); });
