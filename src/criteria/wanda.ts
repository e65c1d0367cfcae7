import { type Layer, layerAt } from '../network/index.js';
import type { Context } from './context.js';
import type { Criterion } from './criterion.js';
import { mapKernel, scoresOf } from './incoming.js';
import { activationsAt } from './passes.js';
import type { Scoring } from './steps.js';

export const wanda: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['samples'],
  takes: [],
  formula: '|w| times the root of the sum of x^2 over samples and positions, x the input channel that it multiplies',
  source: 'Sun et al., A simple and effective pruning approach (Wanda), ICLR 2024',
  weights: scoreWeights,
};

async function* scoreWeights(context: Context): Scoring {
  const { layers, network } = context;
  const inputs = await activationsAt(
    context,
    layers.map((layer) => layer.inputs[0]!),
  );
  for (const [i, layer] of layers.entries()) {
    const norms = inputs[i]!.square.map(Math.sqrt);
    const channelOf = inputChannels(layer, layerAt(network, layer.inputs[0]!));
    yield scoresOf(
      layer.id,
      mapKernel(layer, (weight, index) => Math.abs(weight) * norms[channelOf(index)]!),
    );
  }
}

/**
 * Which channel of the input a number of the kernel `[..., inputs, outputs]` multiplies. A grouped convolution's kernel
 * counts the channels of one block, and its filters tell the block.
 */
function inputChannels({ weights }: Layer, { outputShape }: Layer): (index: number) => number {
  const [inputs = 1, outputs = 1] = weights.kernel!.shape.slice(-2);
  const filtersInBlock = outputs / (outputShape.at(-1)! / inputs);
  return (index) => {
    const input = Math.floor(index / outputs) % inputs;
    return Math.floor((index % outputs) / filtersInBlock) * inputs + input;
  };
}
