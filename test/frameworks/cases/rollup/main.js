import { rollup } from "rollup";
const bundle = await rollup({ input: "source.js" });
const { output } = await bundle.write({ file: "out/bundle.js", format: "cjs" });
console.log(output[0].code);
