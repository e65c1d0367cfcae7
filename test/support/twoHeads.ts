import { initialize, type LayerSpec, type Network } from '../../src/network/index.js';

const layers: LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [6, 6, 2] } },
  { name: 'a', kind: 'conv2d', config: { filters: 6, kernelSize: [3, 3] } },
  { name: 'a/activation', kind: 'activation', config: { fn: 'relu' } },
  { name: 'm', kind: 'globalAvgPool2d' },
  { name: 'h', kind: 'dense', config: { units: 8 } },
  { name: 'h/activation', kind: 'activation', config: { fn: 'relu' } },
  { name: 'classes', kind: 'dense', config: { units: 3 } },
  { name: 'classes/activation', kind: 'activation', config: { fn: 'softmax' } },
  { name: 'b', kind: 'conv2d', inputs: ['a/activation'], config: { filters: 4, kernelSize: [3, 3] } },
  { name: 'map', kind: 'activation', config: { fn: 'sigmoid' } },
];

/**
 * Classes and a map of images: one trunk `a`, then layer `h` before the classes and none before the map, which are images
 * again. Not trained, with biases that are not 0.
 */
export function twoHeads(): Network {
  const network = initialize({ name: 'heads', layers, outputs: ['map', 'classes/activation'] }, { seed: 5 });
  for (const bias of network.layers.flatMap(({ weights }) => weights.bias?.data ?? [])) {
    for (let i = 0; i < bias.length; i++) bias[i] = 0.1 * Math.sin(i + 1);
  }
  return network;
}
