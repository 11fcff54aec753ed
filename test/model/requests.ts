// Random requests: what the model is asked, and how the prober tries it.
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { hosts, type Ports, programs, variables } from "./policy.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

export type Attempt = { readonly how: string; readonly subject: string; readonly port?: number };

/** One case: the attempt, the question that the model answers for it, and what is promised about it beside the answer. */
export type Case = { readonly attempt: Attempt; readonly question: string; readonly tolerance: Tolerance };

/**
 * Where the jail promises less, or gives less, than the model: names in a folder of the program's own code may be listed
 * though it is a secret (a folder that holds a secret is listable, and Landlock's rules reach down); a folder that holds
 * something denied can't be listed; a symlink in a folder that is not granted is not there in a new root.
 */
export type Tolerance = "none" | "listing" | "link";

export function makeCase(random: Random, world: World, ports: Ports): Case {
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return reading(random, world);
    case 3:
    case 4:
    case 5:
      return writing(random, world);
    case 6:
      return connecting(random, ports);
    case 7:
      return random.chance(70) ? listening(random, ports) : socket(random, world);
    case 8:
      return environment(random);
    default:
      return running(random, world);
  }
}

function reading(random: Random, world: World): Case {
  const subject = random.one([...world.files, ...world.folders, ...world.links]);
  const real = realpathSync(subject);
  const tolerance = world.folders.includes(real) ? "listing" : world.links.includes(subject) ? "link" : "none";
  return { attempt: { how: "read", subject }, question: `read\t${real}`, tolerance };
}

/** Ways to change a file; each is undone by the prober. */
const changes = ["open", "append", "truncate", "chmod", "utimes"] as const;
/** Ways to change a folder by a new name in it. */
const additions = ["create", "mkdir", "symlink", "mkfifo", "exclusive"] as const;

function writing(random: Random, world: World): Case {
  if (world.files.length > 0 && random.chance(50)) {
    const links = world.links.filter((link) => world.files.includes(realpathSync(link)));
    const subject = random.one([...world.files, ...links]);
    const how = random.one(changes);
    return { attempt: { how, subject }, question: `${asked(how)}\t${realpathSync(subject)}`, tolerance: links.includes(subject) ? "link" : "none" };
  }
  const folder = random.one([...world.folders, ...world.links]);
  const name = random.one(["new", ".new", "new.js", "package.json.new"]);
  const real = realpathSync(folder);
  const tolerance = folder === real ? "none" : "link";
  if (world.files.includes(real)) return { attempt: { how: "open", subject: folder }, question: `${asked("open")}\t${real}`, tolerance };
  return { attempt: { how: random.one(additions), subject: join(folder, name) }, question: `write\t${join(real, name)}`, tolerance };
}

/** What is opened for both is refused where one of the two is. */
function asked(how: string): string {
  return how === "open" ? "update" : "write";
}

function connecting(random: Random, ports: Ports): Case {
  const host = random.one(hosts);
  const port = random.one([...ports.open, ...ports.closed]);
  return { attempt: { how: random.chance(60) ? "connect" : "datagram", subject: host, port }, question: `connect\t${host}\t${port}`, tolerance: "none" };
}

function listening(random: Random, ports: Ports): Case {
  const host = random.one([...hosts, "0.0.0.0"]);
  const port = random.chance(20) ? 0 : random.one(ports.closed);
  const how = random.chance(60) ? "listen" : "bind";
  // Any port is what clients ask for before they send: the model's question is whether there is anything to send to.
  const question = how === "bind" && port === 0 ? "client" : `listen\t${host}\t${port}`;
  return { attempt: { how, subject: host, port }, question, tolerance: "none" };
}

function socket(random: Random, world: World): Case {
  const subject = `${world.outside}/socket-${random.below(2)}`;
  return { attempt: { how: "unix", subject }, question: `unix\t${subject}`, tolerance: "none" };
}

function environment(random: Random): Case {
  const subject = random.one(variables);
  return { attempt: { how: "env", subject }, question: `env\t${subject}`, tolerance: "none" };
}

function running(random: Random, world: World): Case {
  const subject = join(world.outside, "bin", random.one(programs));
  return { attempt: { how: "run", subject }, question: `run\t${subject}`, tolerance: "none" };
}
