// Reads one HDF5 file after the other, as the thread of the package reads one. Says first in how many milliseconds it reads a
// good one, then of each file what it holds, and whether a good one can still be read.
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import * as h5 from 'h5wasm';
import { answerHdf5 } from '../../dist/formats/keras/hdf5Reader.js';

const good = { bytes: readFileSync(new URL('../fixtures/keras/chain.h5', import.meta.url)), roots: ['model_weights'] };
const { FS: files } = await h5.ready;

/** As the first of a thread: the library takes a file in the place of one that damage kept open for that one. */
async function read(request) {
  const answer = await answerHdf5(request);
  files.unlink('/model.h5');
  return answer;
}

await read(good);
const started = performance.now();
await read(good);
parentPort.postMessage({ milliseconds: performance.now() - started });
parentPort.on('message', async (request) => {
  parentPort.postMessage({ answer: await read(request) });
  parentPort.postMessage('tree' in (await read(good)));
});
