export { type CheckOptions, checkFile, type FileCheck } from './check.js';
export { type Latency, type LatencyOptions, type Milliseconds, measureLatency } from './latency.js';
export { type Beside, modelBytes, type Placed, placeModel } from './place.js';
