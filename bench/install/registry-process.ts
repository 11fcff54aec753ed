// The registry in a process of its own, for run.ts.
import { serve } from "./registry.ts";

const [upstream = "", latency = "20"] = process.argv.slice(2);
const { url } = await serve(upstream, Number(latency));
process.send?.(url);
