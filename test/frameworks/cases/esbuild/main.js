import { build } from "esbuild";
const { outputFiles } = await build({ stdin: { contents: "enum E { A = 1 } export const x: E = E.A; console.log(x)", loader: "ts" }, write: false, format: "esm", minify: true });
console.log(outputFiles[0].text);
await build({ entryPoints: ["source.ts"], bundle: true, outfile: "out/bundle.js" });
