// The thread that reads HDF5 files of strangers, which can be ended where reading does not end by itself.
import { parentPort, workerData } from 'node:worker_threads';
import { answerHdf5 } from './hdf5Reader.js';
import type { Hdf5Request } from './hdf5Tree.js';

parentPort?.postMessage(await answerHdf5(workerData as Hdf5Request));
