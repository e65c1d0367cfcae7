// Reads one HDF5 file after the other, as the thread of the package reads one, and tells whether it still can.
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { answerHdf5 } from '../../dist/formats/keras/hdf5Reader.js';

const good = { bytes: readFileSync(new URL('../fixtures/keras/chain.h5', import.meta.url)), roots: ['model_weights'] };

parentPort.on('message', async (request) => {
  const answer = await answerHdf5(request);
  const whole = 'tree' in answer || 'tree' in (await answerHdf5(good));
  parentPort.postMessage({ answer, whole });
});
