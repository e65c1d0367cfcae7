export {
  type Ablated,
  type AblationJob,
  type CompiledNetwork,
  type CutSets,
  type Cuts,
  defaultMemory,
  type Engine,
  type EngineEvent,
  type EngineName,
  type EngineOptions,
  type Evaluation,
  type LabelledSamples,
  type Measured,
  type Prediction,
  type Samples,
  type SetsEvent,
  type SetsJob,
  type Sweep,
  sampleBlock,
} from './engine.js';
export {
  accuracyOf,
  type ClassEvaluation,
  classMeans,
  type EvaluateOptions,
  type EvaluationResult,
  evaluate,
  predict,
  type RunOptions,
} from './evaluate.js';
export { type EngineInfo, engineInfo, engineKey, speedKey } from './info.js';
export { type Agreement, agreements, agrees, forwardAll, worstOf } from './outputs.js';
export {
  type ActivationSums,
  type BackwardRule,
  type Part,
  type Product,
  type PropagationEvent,
  type PropagationJob,
  type PropagationResult,
  type Share,
  type Stabiliser,
  type Start,
  starts,
  type Tap,
  type TapSums,
  type WeightGradients,
  type WeightPart,
} from './propagation.js';
export { reachedLayers } from './reached.js';
export { activate } from './reference/activations.js';
export { movedNetwork, roundingBound } from './rounding.js';
export { prepareLabelled, prepareSamples } from './samples.js';
export { type Selection, selectEngine } from './select.js';
