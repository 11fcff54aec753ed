// The resolver's part of `cordon install` and its like: started by the launcher, in the installer's jail.
import { commands } from "./commands/index.ts";
import { readRequest } from "./request.ts";
import { run } from "./run.ts";

const request = readRequest(process.env["CORDON_INSTALL"]);
process.exitCode = await run(request, commands);
