import type { Reference } from './topology.js';
import type { WrittenLayer, WrittenModel, WrittenUse } from './write.js';

/** A Functional model as Keras 3 writes it. */
export function modernConfig({ name, layers, input, outputs }: WrittenModel): object {
  const shapes = new Map(layers.map((layer) => [layer.name, layer.uses.map(({ outputShape }) => outputShape)]));
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name,
      trainable: true,
      layers: layers.map((layer) => vertex(layer, shapes)),
      input_layers: [[input, 0, 0]],
      output_layers: outputs.map(({ layer, use }) => [layer, use, 0]),
    },
    registered_name: 'Functional',
  };
}

/** By layer, those of its uses. */
type Shapes = ReadonlyMap<string, readonly WrittenUse['outputShape'][]>;

const vertex = ({ className, name, config, uses }: WrittenLayer, shapes: Shapes): object => ({
  module: 'keras.layers',
  class_name: className,
  config: { name, trainable: true, dtype: 'float32', ...config },
  registered_name: null,
  name,
  inbound_nodes: uses
    .filter(({ inputs }) => inputs.length > 0)
    .map(({ inputs }) => ({ args: argumentsOf(inputs, shapes), kwargs: {} })),
});

/** A layer with several inputs takes them as one list. */
function argumentsOf(inputs: readonly Reference[], shapes: Shapes): unknown[] {
  const references = inputs.map(({ layer, use }) => ({
    class_name: '__keras_tensor__',
    config: { shape: shapes.get(layer)?.[use], dtype: 'float32', keras_history: [layer, use, 0] },
  }));
  return inputs.length === 1 ? references : [references];
}
