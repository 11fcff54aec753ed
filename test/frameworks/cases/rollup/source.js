import { used } from "./other.js";
console.log(used);
