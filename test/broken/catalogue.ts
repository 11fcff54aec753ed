// Every mutation, by what it breaks.
import { explaining } from "./breaks/explaining.ts";
import { files } from "./breaks/files.ts";
import { launcher } from "./breaks/launcher.ts";
import { network } from "./breaks/network.ts";
import { processes } from "./breaks/processes.ts";
import { installing } from "./breaks/installing.ts";
import { manifest } from "./breaks/manifest.ts";
import { serving } from "./breaks/serving.ts";
import { start } from "./breaks/start.ts";
import type { Mutation } from "./mutation.ts";

export const MUTATIONS: readonly Mutation[] = [...files, ...network, ...processes, ...launcher, ...start, ...manifest, ...explaining, ...installing, ...serving];
