import type { Network } from '../../../network/index.js';
import { lossName } from './losses.js';
import type { WrittenLayer, WrittenModel } from './write.js';

/** A Functional model as tfjs and Keras up to version 2 write it; Keras 3 reads it too. */
export function legacyConfig({ name, layers, input, outputs }: WrittenModel) {
  return {
    class_name: 'Functional',
    config: {
      name,
      layers: layers.map(vertex),
      input_layers: [[input, 0, 0]],
      output_layers: outputs.map(({ layer, use }) => [layer, use, 0]),
    },
  };
}

const vertex = ({ className, name, config, uses }: WrittenLayer): object => ({
  name,
  class_name: className,
  config: { name, trainable: true, ...config },
  inbound_nodes: uses
    .filter(({ inputs }) => inputs.length > 0)
    .map(({ inputs }) => inputs.map(({ layer, use }) => [layer, use, 0, {}])),
});

/** What a model is compiled with; the optimizer is the usual one, since a network does not keep it. */
export function lossSetting({ loss, outputs }: Network): { readonly loss: string | readonly string[] } | null {
  if (loss === null) return null;
  return { loss: outputs.length === 1 ? lossName(loss) : outputs.map(() => lossName(loss)) };
}
