import { createServer } from "node:http";
import { Server } from "socket.io";
import { io } from "socket.io-client";
import { WebSocket, WebSocketServer } from "ws";
const server = createServer();
new Server(server).on("connection", (socket) => socket.on("ping me", (text, answer) => answer(`${text} pong`)));
server.listen(0, "127.0.0.1", async () => {
  for (const transports of [["websocket"], ["polling"]]) {
    const client = io(`http://127.0.0.1:${server.address().port}`, { transports });
    console.log(transports[0], await client.emitWithAck("ping me", "hello"));
    client.close();
  }
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(`ws ${data}`)));
  const socket = new WebSocket(`ws://127.0.0.1:${sockets.address().port}`);
  socket.on("open", () => socket.send("x".repeat(3))).on("message", (data) => { console.log(String(data)); process.exit(); });
});
