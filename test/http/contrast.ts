// `npm run test:http-contrast`: the tests of every limit once more, with the guard off and the engine's own options set to the same
// values. Each has to fail then: what the engine could do alone would need no guard.
import { join } from "node:path";
import { run } from "node:test";
import type { EventData } from "node:test";

const FILES = ["limits", "slow", "http2", "malformed", "proxies", "shared", "idle", "places"];
/** Too long for a test that passes; those of slow clients wait for ever. */
const TIMEOUT = 25_000;

/** What passes all the same: the engine does it, or it is about honest clients. */
const PASSES: Readonly<Record<string, string>> = {
  "without the guard nothing of this is refused": "has no guard",
  "without the guard the same floods go on": "has no guard",
  "without the guard the engine lets some of it through": "has no guard",
  "headers that are too large are answered with 431": "the engine's own limit, set for it",
  "too many headers are answered with 431": "the engine's own limit, set for it",
  "by default 128 headers are fine, and more are not": "the engine's own limit, set for it",
  "a connection is closed after its last request": "the engine's own limit, set for it",
  "no more than a hundred streams are open at one time": "the engine's own limit, set for it",
  "what is unusual and right passes": "honest clients",
  "a steady body passes, however long it takes": "honest clients",
  "who waits for an answer is left alone, and so is who reads one slowly and steadily": "honest clients",
  "a client whose headers are too large now and then keeps its session": "honest clients",
  "long tokens that no table holds are no flood": "honest clients",
  "uploads, downloads and many small messages are no flood": "honest clients",
  "a client that begins before it knows how many streams it may open loses the rest of them, not its session": "honest clients",
  "an upgraded connection makes no room, and has no deadline": "honest clients",
  "streams that the guard answers bring nobody down when their session fails": "about the guard's own answers",
  "the word of others counts for nothing": "nobody's word counts for the engine",
  "a program ends when it is done, whatever the Redis does": "about the guard's own connection",
  "one offender has one line in a minute": "about the guard's own words",
};

process.env["CORDON_HTTP_CONTRAST"] = "1";
const seen = { failed: 0, passed: 0 };
let wrong = 0;

function note(name: string, passed: boolean): void {
  seen[passed ? "passed" : "failed"]++;
  const why = PASSES[name];
  if (!passed || why !== undefined) console.log(`${passed ? "passes" : "fails "}  ${name}${passed ? `: ${why}` : ""}`);
  else {
    wrong++;
    console.log(`WRONG   ${name}: passes with the engine's own options`);
  }
}

const isTest = ({ name, nesting }: EventData.TestPass | EventData.TestFail): boolean => nesting === 0 && !name.endsWith(".test.ts");
for await (const { type, data } of run({ files: FILES.map((name) => join(import.meta.dirname, `${name}.test.ts`)), timeout: TIMEOUT, concurrency: 2 })) {
  if ((type === "test:pass" || type === "test:fail") && isTest(data as EventData.TestPass)) note((data as EventData.TestPass).name, type === "test:pass");
}
console.log(`${seen.failed} fail without the guard, ${seen.passed} pass, ${wrong} of them should not`);
process.exitCode = wrong === 0 ? 0 : 1;
