/** The public API of Secateur. */
export {
  type AblateOptions,
  type AblationEvent,
  type AblationRun,
  type AblationTable,
  ablate,
  type BaselineEvent,
  type CutPoint,
  classify,
  cutPoints,
  type DoneEvent,
  defaultTolerances,
  type LayerEvent,
  type LayerTable,
  type NodeClass,
  type NodeEvent,
  type PartialEvent,
  type ProgressEvent,
  type Tolerances,
  tabulate,
} from './ablation/index.js';
export {
  type Dataset,
  type DatasetName,
  type DownloadProgress,
  datasetNames,
  type LabelledData,
  type LoadOptions,
  loadDataset,
  loadNpz,
  type NpzData,
  type NpzOptions,
  type Split,
} from './data/index.js';
export {
  type ClassEvaluation,
  type EngineInfo,
  type EngineName,
  type EngineOptions,
  type EvaluateOptions,
  type EvaluationResult,
  engineInfo,
  evaluate,
  predict,
  type RunOptions,
} from './engine/index.js';
export { formats, loadModel, type ModelFormat, saveModel } from './formats/index.js';
export {
  type ActivationName,
  createNetwork,
  denseNetwork,
  hiddenLayers,
  initialize,
  type Layer,
  type LayerKind,
  type LayerSpec,
  type LayerSummary,
  type LossName,
  layerKinds,
  type Network,
  type NetworkSpec,
  type NetworkSummary,
  nodeCount,
  type PresetName,
  presets,
  summarize,
} from './network/index.js';
export {
  type Cell,
  type Column,
  type Description,
  describe,
  formatCsv,
  formatDuration,
  formatIndices,
  formatNumber,
  formatPercent,
  formatTable,
  type NodesPlotOptions,
  type PlottedNode,
  plotNodes,
} from './report/index.js';
export type { NpyArray } from './tensor/npy.js';
export { type NpzArrays, readNpz, writeNpz } from './tensor/npz.js';
export { type Shape, type Tensor, tensor } from './tensor/tensor.js';
export { writeFileAtomic } from './util/atomic.js';
export { type ErrorCode, errorCodes, SecateurError } from './util/errors.js';
