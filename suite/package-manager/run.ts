// One command from its request to its exit code.
import type { Commands, Context } from "./commands/context.ts";
import { makeNotices } from "./notices.ts";
import { makeAge } from "./policy/age.ts";
import { startProgress } from "./progress.ts";
import { makeBundled } from "./registry/bundled.ts";
import { makeLocal } from "./registry/local.ts";
import { makeManifests } from "./registry/manifests.ts";
import { NO_PINS, readPins } from "./registry/pins.ts";
import { makeMetadata } from "./registry/metadata.ts";
import { isSet, type Request } from "./request.ts";
import { escapeText } from "./text.ts";
import { explain } from "./explain.ts";

const FAILED = 1;

export async function run(request: Request, commands: Commands): Promise<number> {
  const notices = makeNotices();
  const metadata = makeMetadata(request);
  const progress = startProgress(request.output === "progress", () => metadata.looked());
  const now = Date.now();
  const age = makeAge(metadata, request, now);
  const bundled = makeBundled(request);
  const tag = request.flags["tag"] ?? "latest";
  try {
    const { pins, file } = request.command === "import" ? readPins(request.project) : { pins: NO_PINS, file: "" };
    if (file !== "") notices.add("note", `versions of ${file} are kept where package.json allows them`);
    const manifests = makeManifests({ metadata, age, local: makeLocal(request), bundled, notices, pins, tag, now });
    const context: Context = { request, progress, notices, metadata, age, manifests };
    const command = commands[request.command];
    if (command === undefined) throw new Error(`The package manager has no command ${request.command}`);
    return await (await command())(context);
  } catch (error) {
    progress.end();
    console.error(`cordon: ${escapeText(explain(error))}`);
    if (isSet(request, "verbose") && error instanceof Error) console.error(error.stack);
    return FAILED;
  } finally {
    progress.end();
    bundled.close();
    metadata.close();
  }
}
