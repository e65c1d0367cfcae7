import { createNetwork, type Layer, type LayerSpec, type Network, nodeCount, type Tensor } from 'secateur';

/** The layers of a network as descriptions again, so that one of them can be changed. */
function describe(network: Network): LayerSpec[] {
  return network.layers.map(
    ({ name, kind, config, weights, inputs }) =>
      ({ name, kind, config, weights, inputs: inputs.map((id) => network.layers[id]?.name ?? '') }) as LayerSpec,
  );
}

/** The network without the softmax at its end: peers are compared by their logits, which lose no digits. */
export function logitsOf(network: Network): Network {
  const end = network.layers[network.output];
  const softmax = end?.kind === 'activation' && end.config.fn === 'softmax';
  const layers = describe(network).filter(({ name }) => !softmax || name !== end.name);
  return createNetwork({ name: network.name, layers, loss: 'crossentropy' });
}

/** Nodes are the last axis of every weight; the last two of a depthwise kernel. */
const withoutColumn = ({ shape, data }: Tensor, column: number, columns: number): Tensor => ({
  shape,
  data: data.map((value, i) => (i % columns === column ? 0 : value)),
});

/** The network with a node's incoming weights and bias zeroed. */
export function withoutNode(network: Network, layer: string, node: number): Network {
  const layers = describe(network).map((spec, id) => {
    if (spec.name !== layer) return spec;
    const nodes = nodeCount(network.layers[id] as Layer);
    const weights = Object.entries(spec.weights ?? {}).map(([key, weight]) => [
      key,
      withoutColumn(weight, node, nodes),
    ]);
    return { ...spec, weights: Object.fromEntries(weights) } as LayerSpec;
  });
  return createNetwork({ name: network.name, layers, loss: network.loss });
}

/** Mean cross-entropy of float32 logits `[samples, classes]`, in double. */
export function meanCrossEntropy(logits: Float32Array, labels: Int32Array | Float32Array): number {
  const classes = logits.length / labels.length;
  let sum = 0;
  for (let sample = 0; sample < labels.length; sample++) {
    const row = logits.subarray(sample * classes, (sample + 1) * classes);
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const total = row.reduce((partial, z) => partial + Math.exp(z - largest), 0);
    sum += largest + Math.log(total) - (row[labels[sample] ?? 0] ?? 0);
  }
  return sum / labels.length;
}

/** The samples as scaled floats: what the peers take. */
export function floats({ x, scale }: { x: Float32Array | Uint8Array; scale: number }): Float32Array {
  const floats = new Float32Array(x); // from() with a function would list all numbers on JavaScript's heap first
  return floats.map((value) => value * scale);
}
