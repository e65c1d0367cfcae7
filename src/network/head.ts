import { sizeOf } from '../tensor/tensor.js';
import { SecateurError } from '../util/errors.js';
import type { ActivationName } from './activations.js';
import { definitionOf } from './layers/index.js';
import { type Layer, type LayerId, type LossName, layerAt, type Network } from './network.js';

/**
 * Where and how a network's loss is measured. `scores` is the layer whose output the loss takes: logits for the two
 * cross-entropies (the softmax or sigmoid behind them is part of the loss), the output itself for the mean squared error.
 */
export interface LossHead {
  readonly loss: LossName;
  readonly scores: LayerId;
  /** Numbers in the scores of one sample. */
  readonly width: number;
}

export type Targets = Int32Array | Float32Array;

/** The last layer that changes a number: what only reshapes behind it does not hide a softmax. */
function lastFunction(network: Network): { readonly fn: ActivationName; readonly layer: Layer } {
  let layer = layerAt(network, network.output);
  while (definitionOf(layer.kind).keepsNumbers) layer = layerAt(network, layer.inputs[0] ?? layer.id);
  return { fn: layer.kind === 'activation' ? layer.config.fn : 'linear', layer };
}

function defaultLoss(network: Network, fn: ActivationName, targets: Targets): LossName {
  if (network.loss !== null) return network.loss;
  if (fn === 'sigmoid') return 'binary-crossentropy';
  return targets instanceof Float32Array ? 'mse' : 'crossentropy';
}

/** The function in front of which each loss takes its scores. */
const fusedWith = { crossentropy: 'softmax', 'binary-crossentropy': 'sigmoid', mse: null } as const;

/**
 * Chooses the loss (the asked one, else the model's own, else by head and targets) and finds its scores. Logits and
 * probabilities are told apart by the graph, never by values.
 *
 * @throws SecateurError ERR_ARGUMENT where the loss does not fit the network's head.
 */
export function lossHead(network: Network, targets: Targets, loss?: LossName): LossHead {
  const output = layerAt(network, network.output);
  const { fn, layer } = lastFunction(network);
  const chosen = loss ?? defaultLoss(network, fn, targets);
  const fused = fusedWith[chosen];
  if (fused !== null && fn !== fused && fn !== 'linear') {
    throw new SecateurError('ERR_ARGUMENT', `loss ${chosen} wants ${fused} or plain logits at the end, not ${fn}`, {
      hint: `the network ends with layer "${layer.name}"; choose another loss`,
    });
  }
  const width = sizeOf(output.outputShape);
  const rows = fn === 'softmax' ? layer : output;
  if (chosen === 'crossentropy' && rows.outputShape.at(-1) !== width) {
    throw new SecateurError('ERR_SHAPE', `loss crossentropy wants one row of classes, not [${rows.outputShape}]`);
  }
  return { loss: chosen, scores: fused !== null && fn === fused ? (layer.inputs[0] ?? layer.id) : output.id, width };
}
