// Uploads and downloads at a steady pace, and as fast as it goes.
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./clients.ts";

/** What goes in one step, and steps per second. */
const STEPS = 10;

function drained(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const resume = (): void => {
      sent.off("drain", resume).off("close", resume);
      resolve();
    };
    sent.on("drain", resume).on("close", resume);
  });
}

async function upload(port: number, bytes: number, perSecond: number): Promise<string> {
  const step = Buffer.alloc(Math.min(1 << 20, Math.ceil(perSecond / STEPS)), "u");
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path: "/upload", method: "POST", headers: { "Content-Length": bytes } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("error", reject).on("end", () => resolve(`${response.statusCode} ${body}`));
    });
    sent.on("error", reject);
    void (async () => {
      for (let left = bytes; left > 0 && !sent.destroyed; left -= step.length) {
        if (!sent.write(left < step.length ? step.subarray(0, left) : step)) await drained(sent);
        if (perSecond !== Infinity) await sleep(1000 / STEPS);
      }
      sent.end();
    })();
  });
}

async function download(port: number, bytes: number, perSecond: number): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => void request({ host: "127.0.0.1", port, path: `/download?bytes=${bytes}` }, resolve).on("error", reject).end());
  const began = performance.now();
  let got = 0;
  for await (const block of response as AsyncIterable<Buffer>) {
    got += block.length;
    const ahead = (got / perSecond) * 1000 - (performance.now() - began);
    if (ahead > 1000 / STEPS) await sleep(ahead);
  }
  return `${response.statusCode} ${got}`;
}

const MEGABYTE = 1_000_000;
const PHONE = 40_000;
const flow = { program: "ordinary" } as const;

export const flows: readonly Client[] = [
  { ...flow, name: "an upload of 1 MB/s", see: (port, { seconds }) => upload(port, seconds * MEGABYTE, MEGABYTE) },
  { ...flow, name: "a download of 1 MB/s", see: (port, { seconds }) => download(port, seconds * MEGABYTE, MEGABYTE) },
  { ...flow, name: "an upload of a phone, 40 kB/s", see: (port, { seconds }) => upload(port, seconds * PHONE, PHONE) },
  { ...flow, name: "a download of a phone, 40 kB/s", see: (port, { seconds }) => download(port, seconds * PHONE, PHONE) },
  { ...flow, name: "a large upload", see: (port, { bytes }) => upload(port, bytes, Infinity) },
  { ...flow, name: "a large download", see: (port, { bytes }) => download(port, bytes, Infinity) },
];
