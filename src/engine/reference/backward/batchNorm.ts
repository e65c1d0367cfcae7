import type { LayerOf } from '../../../network/index.js';
import type { Values } from '../values.js';
import { type Connections, channelSums } from './connections.js';
import type { LayerBackward } from './step.js';
import { passWeighted } from './weighted.js';

type BatchNorm = LayerOf<'batchNorm'>;

const deviations = ({ config, weights }: BatchNorm): Float64Array =>
  Float64Array.from(weights.variance!.data, (variance) => Math.sqrt(variance + config.epsilon));

/** Diagonal weights `gamma / deviation` and biases `beta - mean * weight`. */
function connect(layer: BatchNorm, { data }: Values): Connections {
  const { gamma, beta, mean } = layer.weights;
  const kernel = deviations(layer).map((deviation, c) => (gamma?.data[c] ?? 1) / deviation);
  return {
    inputs: data.length,
    outputs: data.length,
    kernel,
    bias: kernel.map((weight, c) => (beta?.data[c] ?? 0) - mean!.data[c]! * weight),
    each: (visit) => {
      for (let i = 0; i < data.length; i++) visit(i, i, i % kernel.length);
    },
  };
}

export const batchNorm: LayerBackward<'batchNorm'> = {
  pass: (layer, step) => passWeighted(connect(layer, step.inputs[0]!), step),
  weightGradients: (layer, { inputs, signal }) => {
    const { gamma, beta, mean } = layer.weights;
    const deviation = deviations(layer);
    const channels = deviation.length;
    const x = inputs[0]!.data;
    const standard = x.map((value, i) => (value - mean!.data[i % channels]!) / deviation[i % channels]!);
    return {
      ...(gamma && {
        gamma: channelSums(
          channels,
          signal.map((g, i) => g * standard[i]!),
        ),
      }),
      ...(beta && { beta: channelSums(channels, signal) }),
    };
  },
};
