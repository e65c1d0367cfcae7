export { type BackendName, type BackendOptions, backendNames, type LoadedBackend, loadBackend } from './backends.js';
export type {
  EpochEvent,
  StartEvent,
  TrainingDoneEvent,
  TrainingEvent,
  TrainingProgressEvent,
  TrainingResult,
} from './events.js';
export { fromLayersModel, toLayersModel } from './layersModel.js';
export { type OptimizerName, optimizerNames } from './optimizers.js';
export type { EarlyStopping, HeldWeights, TrainOptions } from './options.js';
export { type RateSchedule, type RateScheduleName, rateScheduleNames } from './rates.js';
export { type TrainingRun, trainNetwork } from './train.js';
