// Treats the addon badly: jobs broken off, aborted, forgotten, in threads that are terminated and in processes that exit.
//   node test/stress/stress.mjs [SCENARIO ...]        all scenarios by default; exits with 1 if one fails
// ADDON names the addon's file (default: that of the checkout); REPEAT multiplies how often each scenario is tried. Plain
// Node, so that it runs under a sanitizer, where the memory scenario says nothing and is better left out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const self = fileURLToPath(import.meta.url);
const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(import.meta.url);
const addon = process.env.ADDON ? require(process.env.ADDON) : require('node-gyp-build')(root);

const inputs = 32;
const units = 96;
const classes = 10;
const options = { threads: 2, memory: 2 ** 26 };

/** A linear congruential generator: the same seed treats the addon the same way. */
function createRandom(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const numbers = (length, random) => Float32Array.from({ length }, () => random(2001) / 1000 - 1);

const layer = (kind, shape, from, weights = []) => ({
  kind,
  inputs: from,
  shape: [shape],
  ints: [],
  floats: [0, 0],
  weights,
});

function compileNetwork(random) {
  return addon.compile([
    { ...layer('input', inputs, []), floats: [] },
    { ...layer('dense', units, [0], [numbers(inputs * units, random), numbers(units, random)]), floats: [] },
    layer('activation:relu', units, [1]),
    { ...layer('dense', classes, [2], [numbers(units * classes, random), null]), floats: [] },
  ]);
}

/** A job over `count` samples; each has arrays of its own, so that what is freed too early is found out. */
function createJob(count, random, sweeps = 3) {
  const sweep = {
    site: 2,
    nodes: Uint32Array.from({ length: units }, (_, node) => node),
    values: new Float32Array(units),
  };
  return {
    samples: { x: numbers(count * inputs, random), count, scale: 1 },
    targets: Int32Array.from({ length: count }, () => random(classes)),
    head: { loss: 'crossentropy', layer: 3 },
    sweeps: Array(sweeps).fill(sweep),
    partial: random(2) === 1,
    blocks: random(2) === 1,
    perClass: random(2) === 1,
  };
}

const promised = (call) =>
  new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
const next = (task, limit = 64) => promised((callback) => addon.next(task, limit, callback));
const ended = (task) => promised((callback) => addon.whenEnded(task, callback));

/** Reads at most `batches` batches; returns how many node results were among them. */
async function read(task, batches = Number.POSITIVE_INFINITY) {
  let nodes = 0;
  for (let i = 0; i < batches; i++) {
    const { type, done } = await next(task);
    nodes += type.filter((of) => of === 1).length;
    if (done) break;
  }
  return nodes;
}

async function breakOff(task) {
  addon.cancel(task);
  await assert.rejects(ended(task), { code: 'ERR_ABORTED' });
}

async function noTaskIsLeft() {
  const deadline = performance.now() + 5000;
  while (addon.liveTasks() > 0 && performance.now() < deadline) await sleep(5);
  assert.equal(addon.liveTasks(), 0, 'tasks were left behind');
}

function collectGarbage() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/** Starts a job and reads a little of it, so that it stands in mid-stream. */
async function startReading(network, random) {
  const task = addon.ablate(network, createJob(2000 + random(2000), random), options);
  if (random(2)) await next(task, 1 + random(8));
  return task;
}

async function runToTheEnd(random) {
  const network = compileNetwork(random);
  const tasks = [1, 2].map(() => addon.ablate(network, createJob(50 + random(300), random), options));
  addon.release(network); // running work keeps it
  for (const nodes of await Promise.all(tasks.map((task) => read(task)))) assert.equal(nodes, 3 * units);
  await Promise.all(tasks.map(ended));
}

async function breakAtRandom(random) {
  const network = compileNetwork(random);
  const task = await startReading(network, random);
  await sleep(random(8));
  await breakOff(task);
}

async function abortWhileWaiting(random) {
  // Work that is done before it is told to end proves nothing: then twice as much of it is tried.
  for (let count = 4000; !(await endsAborted(createJob(count, random), random)); count *= 2)
    assert(count < 2 ** 20, 'a job cannot be aborted');
}

async function endsAborted(job, random) {
  const network = compileNetwork(random);
  const task = addon.ablate(network, job, options);
  const output = new Float32Array(job.samples.count * classes);
  const query = addon.forward(network, job.samples, 3, output, options);
  const wasAborted = ({ code }) => {
    assert.equal(code, 'ERR_ABORTED');
    return true;
  };
  const [reading, asking] = [read(task), ended(query)].map((work) => work.then(() => false, wasAborted));
  setImmediate(() => [task, query].forEach(addon.cancel));
  await asking;
  return reading;
}

async function forget(random) {
  const network = compileNetwork(random);
  for (let i = 0; i < 4; i++) void (await startReading(network, random));
  collectGarbage();
}

async function terminateThreads(random) {
  const workers = Array.from({ length: 2 }, () => {
    return new Worker(self, { workerData: { seed: random(2 ** 31) } });
  });
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  await sleep(random(30));
  await Promise.all(workers.map((worker) => worker.terminate()));
}

/** What a thread does until it is terminated. */
async function workForever(seed) {
  const random = createRandom(seed);
  const network = compileNetwork(random);
  parentPort.postMessage('ready');
  for (;;) {
    const tasks = await Promise.all([1, 2, 3].map(() => startReading(network, random)));
    if (random(2)) collectGarbage();
    await Promise.all(tasks.map((task) => read(task, 1 + random(5))));
    if (random(2)) await breakOff(tasks[0]).catch(() => {});
  }
}

// process.exit() runs no clean-up of anybody: what a sanitizer says about leaks after it is about Node.
const leaksAllowed = {
  ASAN_OPTIONS: `${process.env.ASAN_OPTIONS}:detect_leaks=0`,
  TSAN_OPTIONS: `${process.env.TSAN_OPTIONS}:report_thread_leaks=0`,
};

async function exitInMidStream(random) {
  const { status, signal, stderr } = spawnSync(process.execPath, [self, '--exit', String(random(2 ** 31))], {
    encoding: 'utf8',
    env: { ...process.env, ...leaksAllowed },
  });
  assert.deepEqual({ status, signal }, { status: 7, signal: null }, stderr);
}

async function exitSoon(seed) {
  const random = createRandom(seed);
  const network = compileNetwork(random);
  const tasks = await Promise.all([1, 2].map(() => startReading(network, random)));
  for (const task of tasks) void read(task);
  setTimeout(() => process.exit(7), random(20));
}

/** Jobs of the same size, done and broken off by turns, must not make the process grow. */
async function keepMemoryFlat(random) {
  const network = compileNetwork(random);
  const job = createJob(200, random, 1);
  const runMany = async (jobs) => {
    for (let i = 0; i < jobs; i++) {
      const task = addon.ablate(network, job, options);
      await (i % 2 ? read(task) : breakOff(task));
    }
    collectGarbage();
    await noTaskIsLeft();
    return process.memoryUsage.rss();
  };
  const before = await runMany(500);
  const after = await runMany(1000);
  const grown = (after - before) / before;
  console.log(
    `  1000 jobs: resident size of ${(before / 2 ** 20).toFixed(0)} MiB grew by ${(100 * grown).toFixed(1)} %`,
  );
  // A job that kept its thread, its queue or its samples would cost 25 kB or more: 25 MiB.
  assert.ok(grown < 0.02, `grew by ${100 * grown} %`);
}

/** Name, how often, what. */
const scenarios = {
  run: [20, runToTheEnd],
  break: [40, breakAtRandom],
  abort: [40, abortWhileWaiting],
  forget: [10, forget],
  terminate: [15, terminateThreads],
  exit: [8, exitInMidStream],
  memory: [1, keepMemoryFlat],
};

async function main(names) {
  const repeat = Number(process.env.REPEAT ?? 1);
  for (const name of names.length > 0 ? names : Object.keys(scenarios)) {
    const [times, scenario] = scenarios[name];
    const started = performance.now();
    const rounds = Math.max(1, Math.round(times * repeat));
    for (let round = 0; round < rounds; round++) await scenario(createRandom(0x5eca + round));
    collectGarbage();
    await noTaskIsLeft();
    console.log(`ok ${name}: ${rounds} rounds in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

if (!isMainThread) await workForever(workerData.seed);
else if (process.argv[2] === '--exit') await exitSoon(Number(process.argv[3]));
else await main(process.argv.slice(2));
