import type { WrittenLayer, WrittenModel } from './write.js';

/** A Functional model as Keras 3 writes it. */
export function modernConfig(name: string, { layers, input, outputs }: WrittenModel): object {
  const shapes = new Map(layers.map((layer) => [layer.name, layer.outputShape]));
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name,
      trainable: true,
      layers: layers.map((layer) => vertex(layer, shapes)),
      input_layers: [[input, 0, 0]],
      output_layers: outputs.map((output) => [output, 0, 0]),
    },
    registered_name: 'Functional',
  };
}

type Shapes = ReadonlyMap<string, WrittenLayer['outputShape']>;

const vertex = ({ className, name, config, inputs }: WrittenLayer, shapes: Shapes): object => ({
  module: 'keras.layers',
  class_name: className,
  config: { name, trainable: true, dtype: 'float32', ...config },
  registered_name: null,
  name,
  inbound_nodes: inputs.length === 0 ? [] : [{ args: argumentsOf(inputs, shapes), kwargs: {} }],
});

/** A layer with several inputs takes them as one list. */
function argumentsOf(inputs: readonly string[], shapes: Shapes): unknown[] {
  const references = inputs.map((input) => ({
    class_name: '__keras_tensor__',
    config: { shape: shapes.get(input), dtype: 'float32', keras_history: [input, 0, 0] },
  }));
  return inputs.length === 1 ? references : [references];
}
