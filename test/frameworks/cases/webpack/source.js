console.log(require("./other.js"));
