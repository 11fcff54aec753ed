import pino from "pino";
const log = pino({ base: null, timestamp: false }, pino.transport({ target: "pino/file", options: { destination: "./out/log.txt", mkdir: true } }));
log.info({ a: 1 }, "logged in a worker");
log.flush(() => setTimeout(() => console.log("flushed"), 300));
