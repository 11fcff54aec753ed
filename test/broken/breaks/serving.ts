// Promises of the guard of HTTP servers.
import { edit, tests, type Mutation } from "../mutation.ts";

const HTTP = "docs/http.md";
const LIMITS = "test/http/limits.test.ts";
const SLOW = "test/http/slow.test.ts";
const SHARED = "test/http/shared.test.ts";
const GUARD = "suite/http/guard.ts";

export const serving: readonly Mutation[] = [
  {
    name: "serving/room",
    promised: { document: HTTP, says: "A new one takes the place of the one that has waited longest for its first request" },
    change: "nobody makes room",
    edits: [edit(GUARD, "        drop(connection, \"too many connections\");\n        return true;", "        return false;")],
    proof: tests(LIMITS, "a connection beyond the limit is reset, and the one that waited longest makes room"),
  },
  {
    name: "serving/one-address",
    promised: { document: HTTP, says: "only while connections or the event loop are scarce" },
    change: "one address may have every connection",
    edits: [edit(GUARD, "if (strained && client.connections + client.connectionsElsewhere >= settings.connectionsPerAddress", "if (strained && client.connections + client.connectionsElsewhere >= settings.connections")],
    proof: tests(LIMITS, "while connections are scarce one address gets no more than its share, and others get theirs"),
  },
  {
    name: "serving/headers-deadline",
    promised: { document: HTTP, says: "for the headers as a whole, from the connection's or the request's first byte" },
    change: "each byte of a header gives it more time",
    edits: [edit("suite/http/watch.ts", "  const time = now - connection.mark;\n  if (connection.phase === \"idle\") {", "  if ((connection.handle.bytesRead ?? 0) > connection.bytes) rest(connection, \"headers\", now);\n  const time = now - connection.mark;\n  if (connection.phase === \"idle\") {")],
    proof: tests(SLOW, "headers that come byte by byte have one deadline as a whole"),
  },
  {
    name: "serving/slow-body",
    promised: { document: HTTP, says: "bytes per second that a body has to come at, measured over that time" },
    change: "any byte within the time is enough for a body",
    edits: [edit("suite/http/watch.ts", "  if ((bytes - connection.bytes) * 1000 < settings.bodyRate * time) return", "  if (bytes === connection.bytes) return")],
    proof: tests(SLOW, "a body has to come at the least rate"),
  },
  {
    name: "serving/slow-reader",
    promised: { document: HTTP, says: "bytes per second that a client has to take of an answer that waits for it" },
    change: "nobody looks at who reads",
    edits: [edit("suite/http/reader.ts", "return guard.drop(connection, \"slow reader\");", "return;")],
    proof: tests(SLOW, "who does not read the answer is reset"),
  },
  {
    name: "serving/second-host",
    promised: { document: HTTP, says: "and for what it lets pass: a second Host, HTTP/0.9" },
    change: "a second Host passes",
    edits: [edit("suite/http/request.ts", "return hosts > 1 || (url", "return hosts > 2 || (url")],
    proof: tests("test/http/malformed.test.ts", "what is malformed is answered with 400, and its connection is closed"),
  },
  {
    name: "serving/stream-resets",
    promised: { document: HTTP, says: "streams of one connection that were given up within ten seconds, whoever ended them" },
    change: "streams that are given up are not counted, here and in the engine",
    edits: [
      edit("suite/http/session.ts", "if (stream.rstCode !== 0 && ++state.resets", "if (stream.rstCode === -1 && ++state.resets"),
      edit("suite/http/session-options.ts", "    options[\"streamResetBurst\"] ??= settings.streamResets + early;\n    options[\"streamResetRate\"] ??= Math.ceil(settings.streamResets / 10);\n", ""),
    ],
    proof: tests("test/http/http2.test.ts", "a flood of rapid reset ends with a reset, and others are served"),
  },
  {
    name: "serving/control-frames",
    promised: { document: HTTP, says: "PING and SETTINGS end at 500 per second" },
    change: "PING and SETTINGS are not counted",
    edits: [edit("suite/http/session.ts", "  session.on(\"ping\", count);\n  session.on(\"remoteSettings\", count);\n", ""), edit("suite/http/session.ts", "  if (state.excess > settings.controlBytes) drop(guard, connection, \"control frames\");", "")],
    proof: tests("test/http/http2.test.ts", "a flood of PING ends with a reset, and others are served"),
  },
  {
    name: "serving/blocks-grow",
    promised: { document: HTTP, says: "for 5 seconds, then twice as long each time up to 10 minutes" },
    change: "each block is as long as the first",
    edits: [edit("suite/http/client.ts", "FIRST_BLOCK * 2 ** Math.round(client.blocks)", "FIRST_BLOCK * 1 ** Math.round(client.blocks)")],
    proof: tests("test/http/idle.test.ts", "blocks grow with each offence, and end with calm"),
  },
  {
    name: "serving/shared-rate",
    promised: { document: HTTP, says: "What is shared between servers, cluster workers and threads with the same address: `requestsPerSecond` of a client" },
    change: "what others let through does not count",
    edits: [edit("suite/http/client.ts", "client.second + client.elsewhere > limit", "client.second > limit")],
    proof: tests(SHARED, "two servers share a limit, and a third that does not share has its own", "cluster workers share a limit as servers do"),
  },
  {
    name: "serving/shared-blocks",
    promised: { document: HTTP, says: "`connectionsPerAddress`, and blocks." },
    change: "blocks are not told",
    edits: [edit(GUARD, "    if (blocked > 0) shared?.block(client, blocked);\n", "")],
    proof: tests(SHARED, "who is blocked at one server is blocked at the other"),
  },
  {
    name: "serving/local-again",
    promised: { document: HTTP, says: "When there is no answer for 50 ms, the others\ncount as nothing" },
    change: "a Redis that does not answer is believed to be there",
    edits: [edit("suite/http/shared/exchange.ts", "if (!isLate && time - waitsSince >= PATIENCE) lose(time);", "")],
    proof: tests(SHARED, "with Redis killed, frozen or slow, no request waits for it, limits go on locally, and are shared again afterwards"),
  },
  {
    name: "serving/password-in-a-manifest",
    promised: { document: HTTP, says: "a password itself is refused in a package.json" },
    change: "a password may stand in a package.json",
    edits: [edit("launcher/src/manifest/http.rs", "    let name = password.strip_prefix(\"${\")?.strip_suffix('}')?;", "    let name = password.trim_start_matches(\"${\").trim_end_matches('}');")],
    proof: { kind: "crate", crate: "launcher", target: "lib", names: ["manifest::http::tests::a_store_is_one_place_and_its_password_a_variable"] },
  },
  {
    name: "serving/unread-answers",
    promised: { document: HTTP, says: "what it answers is looked at before it is used" },
    change: "any answer is taken",
    edits: [edit("suite/http/shared/script.ts", "  if (!Array.isArray(counts) || counts.length !== clients) return undefined;\n  if (!blocks.every(isBlock) || !counts.every(isTriple)) return undefined;", "  if (!Array.isArray(counts)) return undefined;")],
    proof: tests(SHARED, "what is no Redis, or an evil one, costs nothing but the sharing"),
  },
];
