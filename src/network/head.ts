import { SecateurError } from '../util/errors.js';
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

const headFunction = (output: Layer): string => (output.kind === 'activation' ? output.config.fn : 'linear');

function defaultLoss(network: Network, output: Layer, targets: Targets): LossName {
  if (network.loss !== null) return network.loss;
  if (targets instanceof Float32Array && headFunction(output) !== 'sigmoid') return 'mse';
  return headFunction(output) === 'sigmoid' ? 'binary-crossentropy' : 'crossentropy';
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
  const chosen = loss ?? defaultLoss(network, output, targets);
  const fn = headFunction(output);
  const fused = fusedWith[chosen];
  if (fused !== null && fn !== fused && fn !== 'linear') {
    throw new SecateurError('ERR_ARGUMENT', `loss ${chosen} wants ${fused} or plain logits at the end, not ${fn}`, {
      hint: `the network ends with layer "${output.name}"; choose another loss`,
    });
  }
  if (chosen === 'crossentropy' && output.outputShape.length !== 1) {
    throw new SecateurError('ERR_SHAPE', `loss crossentropy wants one row of classes, not [${output.outputShape}]`);
  }
  const scores = fused !== null && fn === fused ? layerAt(network, output.inputs[0] ?? output.id) : output;
  return { loss: chosen, scores: scores.id, width: scores.outputShape.reduce((size, axis) => size * axis, 1) };
}
