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
export { type TrainingRun, type TrainOptions, trainNetwork } from './train.js';
