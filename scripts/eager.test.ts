import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { eager } from "./eager.ts";

const CODE = `"use strict";const kept=1;function one(a){return{method(){return a},get read(){return two(a)},arrow:b=>a+b,plain:function(){return a}}}class Held{value=(()=>2)();call(){return()=>3}static #hidden(){return 4}static shown(){return Held.#hidden()}}function two(a){function inner(){return a*2}return inner()}async function later(){return 5}result=[kept,one(1).method(),one(1).read,one(1).arrow(2),one(1).plain(),new Held().value,new Held().call()(),Held.shown(),two.name,typeof later,[3,4].map(a=>({b:a}))];`;

test("functions get parentheses, and the program stays what it is", () => {
  const seen = (code: string): unknown => {
    const context = { result: undefined as unknown };
    runInNewContext(code, context);
    return JSON.stringify(context.result);
  };
  const changed = eager(CODE);
  assert.equal(seen(changed), seen(CODE));
  for (const part of ["const one=(function(a){", "arrow:(b=>a+b)", "plain:(function(){return a})", "method(){return a}", "get read(){"]) assert.ok(changed.includes(part), `${part} is not in ${changed}`);
});
