const webpack = require("webpack"), path = require("node:path");
webpack({ mode: "production", context: __dirname, entry: "./source.js", output: { path: path.join(__dirname, "out"), filename: "bundle.js" } }, (error, stats) => {
  console.log(error, stats?.hasErrors(), require("node:fs").readFileSync(path.join(__dirname, "out/bundle.js"), "utf8"));
});
