// What a program can make cordon say, and what it can do to the terminal.
import { readFileSync } from "node:fs";
import type { Alone, Ending } from "./scene.ts";

const NASTY = String.raw`\u001b]0;pwned\u0007\u001b[2J\r\u202egnp\u200b\u0085`;
const reported = (ending: Ending): boolean => ending.stderr.includes("denied read");

export const alone: Alone[] = [
  report("escape-sequences", "a path full of terminal sequences and bidirectional marks", `try { require("node:fs").readFileSync("/etc/${NASTY}shadow"); } catch {} try { require("node:fs").readFileSync("/etc/shadow"); } catch {}`, (ending) => (/[\u001b\u0007\r\u0085]|\u00e2\u0080[\u00ae\u008b]/u.test(ending.stderr) ? ["control characters reached the terminal"] : [])),
  report("forged-line", "a path with a newline, to forge a report of another", `try { require("node:fs").readFileSync("/etc/shadow\\ndenied read /forged"); } catch {} try { require("node:fs").readFileSync("/etc/shadow"); } catch {}`, (ending) => (/^denied read \/forged/m.test(ending.stderr) ? ["a report was forged"] : [])),
  report("long-name", "a path of 4,000 characters", `try { require("node:fs").readFileSync("/etc/" + "x/".repeat(2000)); } catch {} try { require("node:fs").readFileSync("/etc/shadow"); } catch {}`, (ending) => (ending.stderr.split("\n").some((line) => line.length > 3000) ? ["a line of 3,000 characters and more"] : [])),
  report("flood", "100,000 refused reads of one file", `for (let i = 0; i < 100000; i++) try { require("node:fs").openSync("/etc/shadow"); } catch {}`, (ending) => (ending.stderr.split("\n").length > 20 ? [`${ending.stderr.split("\n").length} lines of reports`] : [])),
  report("flood-of-names", "20,000 refused reads of different files", `for (let i = 0; i < 20000; i++) try { require("node:fs").openSync("/etc/ssh/" + i); } catch {} try { require("node:fs").openSync("/etc/shadow"); } catch {}`, (ending) => (ending.stderr.length > 1 << 20 ? [`${ending.stderr.length} bytes of reports`] : [])),
  { name: "reports/host-with-escapes", tries: "a host name full of terminal sequences", unproven: { reason: "a report is cordon's own; that there is one shows that the attack was made", shown: (ending) => ending.stderr.includes("denied net") }, arrange: () => ({ code: `require("node:dns").lookup("evil\\u001b[31m.test", () => require("node:net").connect({ host: "192.0.2.1", port: 1 }).on("error", () => {}));`, look: (ending) => (/[\u001b\u0007]/.test(ending.stderr) ? ["control characters reached the terminal"] : []) }) },
  { name: "reports/memory-flood", tries: "100,000 calls that the broker refuses: the launcher does not grow", unproven: { reason: "it is about the launcher, which the bare engine has not; that the loop ended shows that the attack was made", shown: (ending) => ending.stdout.includes("done") }, arrange: (scene) => {
    let [first, last] = [0, 0];
    return {
      code: 'const fs = require("node:fs"); console.log("ready"); for (let i = 0; i < 100000; i++) try { fs.chmodSync("/etc/hosts" + i % 5000, 0o600); } catch {} fs.writeSync(1, "done");',
      meanwhile: async (launcher, ready) => {
        await ready;
        for (let turn = 0; turn < 200; turn++) {
          const size = residentSize(launcher);
          if (size === 0) return;
          first ||= size;
          last = size;
          await new Promise((wake) => setTimeout(wake, 50));
        }
      },
      look: () => (scene.kind === "jail" && last - first > 16 << 10 ? [`the launcher grew from ${first} to ${last} kB`] : []),
    };
  } },
  { name: "terminal/pushed-input", tries: "TIOCSTI types into the terminal that cordon was started from", user: "root", arrange: (scene) => ({ flags: ["--allow-addons=attack-addon"], surroundings: ["--terminal"], code: `const addon = require("attack-addon"); const { ioctl } = require("attack-addon/numbers.json"); for (const letter of [...at.token].reverse().join("")) addon.syscall(ioctl, 0, 0x5412, Buffer.from(letter));`, look: (ending) => (ending.stdout.includes("TYPED:") && ending.stdout.includes([...scene.target.token].toReversed().join("")) ? ["something was typed"] : []) }) },
  { name: "terminal/detach", tries: "TIOCNOTTY takes the terminal away from the whole session", user: "root", arrange: () => ({ flags: ["--allow-addons=attack-addon"], surroundings: ["--terminal"], code: 'const addon = require("attack-addon"); const { ioctl } = require("attack-addon/numbers.json"); if (addon.syscall(ioctl, 0, 0x541c, Buffer.from([11, 0])) === 0 || addon.syscall(ioctl, 0, 0x5412, Buffer.from("x")) === 0) claim();' }) },
];

function residentSize(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function report(name: string, tries: string, code: string, look: (ending: Ending) => string[]): Alone {
  return { name: `reports/${name}`, tries, unproven: { reason: "a report is cordon's own; that there is one shows that the attack was made", shown: reported }, arrange: () => ({ code, look }) };
}
