import { createValueCodec } from "../../kernel/lib/value_codec.ts";
import { guardAllocations } from "./allocation_guard.ts";
import { createAnswers } from "./answer.ts";
import { boot, type Pieces } from "./boot.ts";
import { createBus } from "./bus.ts";
import { routeCallbacks } from "./callbacks.ts";
import { createChannel } from "./channel.ts";
import { classicRequest } from "./classic_request.ts";
import { createConsole } from "./console.ts";
import { createFetch } from "./fetch.ts";
import { guardCrypto } from "./crypto_guard.ts";
import { createFazt } from "./fazt_api.ts";
import { createFs } from "./fs.ts";
import { createLifetime } from "./lifetime.ts";
import { createDirect } from "./direct.ts";
import { createSockets } from "./sockets.ts";
import { lockdown } from "./lockdown.ts";
import { createStorage } from "./storage.ts";
import { createDs } from "./storage_ds.ts";
import { createKv } from "./storage_kv.ts";
import { createSandboxRun } from "./sandbox_run.ts";
import { createRd } from "./storage_rd.ts";
import { createS3 } from "./storage_s3.ts";
import { guardNatives } from "./native_guard.ts";
import { createTurns } from "./turns.ts";

const PIECES: Pieces = {
  createValueCodec,
  guardAllocations,
  guardNatives,
  createAnswers,
  createBus,
  createChannel,
  createFetch,
  classicRequest,
  createConsole,
  createDirect,
  createSockets,
  guardCrypto,
  createFazt,
  createFs,
  createDs,
  createKv,
  createRd,
  createS3,
  createLifetime,
  createStorage,
  lockdown,
  routeCallbacks,
  createSandboxRun,
  createTurns,
};

/**
 * The bootstrap as one script. An isolate can read no file, so its code travels as text: each
 * piece is a function that refers to nothing outside itself, and the script is their sources.
 */
export function guestSource(): string {
  const pieces = Object.entries(PIECES).map(([name, piece]) => `${name}: (${piece})`);
  // In a block: what a script declares at its top, every other script sees, the app's too.
  return `"use strict";
{
const { parentPort } = require("node:worker_threads");
const { nextTick, threadCpuUsage } = require("node:process");
const close = globalThis.close.bind(globalThis);
const { getHeapStatistics } = require("node:v8");
const { AsyncLocalStorage } = require("node:async_hooks");
const { Script } = require("node:vm");
const { runMicrotasks } = Deno[Deno.internal].core;
const heapUsed = () => getHeapStatistics().used_heap_size;
const collectGarbage = globalThis.gc ?? (() => {});
const usage = () => {
  const { user, system } = threadCpuUsage();
  const { used_heap_size, external_memory } = getHeapStatistics();
  return [user + system, used_heap_size, external_memory];
};
const boot = (${boot});
parentPort.once("message", ({ port, vital }) => {
  const turn = new Script("__faztTurn()");
  boot({ ${pieces.join(",\n")} }, {
    port,
    defer: nextTick,
    calls: new AsyncLocalStorage(),
    compile: (code) => new Script(code, { filename: "blob:null/app" }).runInThisContext(),
    usage,
    turns: {
      callLimited: (timeout) => turn.runInThisContext({ __proto__: null, timeout }),
      runMicrotasks,
      close,
      heapUsed,
      collectGarbage,
      vital: new Int32Array(vital),
    },
  });
});
}
`;
}
