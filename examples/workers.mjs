// Runs in worker threads: the main thread stays free, and a worker may be ended at any moment. Each cut point gets a
// worker of its own; all of them share the samples, which are not copied.

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ablate, loadDataset, loadModel } from 'secateur';

const cuts = ['weights', 'zero', 'mean'];

/** The samples in memory that threads can share. */
async function sharedSamples() {
  const { x, y, scale, layout } = await loadDataset('digits');
  const share = (view) => {
    const copy = new view.constructor(new SharedArrayBuffer(view.byteLength));
    copy.set(view);
    return copy;
  };
  return { x: share(x), y: share(y), scale, layout };
}

function inWorker(workerData) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData });
    worker.once('message', resolve).once('error', reject);
  });
}

if (isMainThread) {
  const data = await sharedSamples();
  const results = await Promise.all(cuts.map((cut) => inWorker({ cut, data })));
  for (const { cut, unneeded, seconds } of results) {
    console.log(`cut at ${cut}: ${unneeded} of 24 nodes are not needed one by one (${seconds.toFixed(2)} s)`);
  }
} else {
  const { cut, data } = workerData;
  const network = await loadModel('examples/digits.onnx');
  const { layers, seconds } = await ablate(network, data, { cut, threads: 1 }).collect();
  const unneeded = layers.reduce((sum, { indices }) => sum + indices.zero.length + indices.worse.length, 0);
  parentPort.postMessage({ cut, unneeded, seconds });
}
