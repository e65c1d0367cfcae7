export { type ActivationName, activationNames } from './activations.js';
export { createNetwork, type LayerSpec, type NetworkSpec } from './build.js';
export { type CutPoint, cutPoints } from './cutPoint.js';
export { measuredDigest, networkDigest } from './digest.js';
export { type Folded, foldBatchNorm } from './foldBatchNorm.js';
export {
  type ChannelGroup,
  type ChannelGroups,
  channelGroups,
  groupWeights,
  type LayerChannels,
  type WeightSlice,
  weightSpecs,
} from './groups.js';
export { type LossHead, lossHead, type Targets } from './head.js';
export { initialize } from './initialize.js';
export { type ActivationConfig, activationParameters } from './layers/activation.js';
export { type ConcatConfig, concatAxis } from './layers/concat.js';
export { definitionOf, type LayerConfigs, type LayerKind, layerKinds } from './layers/index.js';
export { channelsOf } from './links.js';
export {
  consumersOf,
  inputShapes,
  type Layer,
  type LayerId,
  type LayerOf,
  type LossName,
  layerAt,
  type Network,
} from './network.js';
export { ancestorsOf, chooseLayers, hiddenLayers, nodeCount, nodeOutput, outputLayers } from './nodes.js';
export { describeOutputs, measuredLike, outputNames, withOutput } from './outputs.js';
export { denseNetwork, type PresetName, presets } from './presets.js';
export { firstOwners, keepShared, ownWeights, type SharedWeight, sharedWeights } from './sharing.js';
export { type LayerSummary, type NetworkSummary, summarize } from './summary.js';
export { type ExplicitPadding, type Padding, type Pair, resolvePadding, type Window } from './window.js';
export { withWeights } from './withWeights.js';
