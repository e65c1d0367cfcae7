import { describe, expect, test } from 'vitest';
import {
  ancestorsOf,
  consumersOf,
  hiddenLayers,
  initialize,
  type Layer,
  type LayerSpec,
  type Network,
  nodeCount,
  nodeOutput,
  outputLayers,
} from '../../src/network/index.js';

const conv = (name: string, inputs?: readonly string[]): LayerSpec => ({
  name,
  kind: 'conv2d',
  config: { filters: 2, kernelSize: [3, 3], padding: 'same' },
  ...(inputs ? { inputs } : {}),
});
const relu = (name: string): LayerSpec => ({ name, kind: 'activation', config: { fn: 'relu' } });

/** A residual block behind a stem: the stem's relu is taken by the branch and by the sum. */
const residual = initialize(
  {
    layers: [
      { name: 'input', kind: 'input', config: { shape: [4, 4, 2] } },
      conv('stem'),
      { name: 'stem/norm', kind: 'batchNorm' },
      relu('stem/relu'),
      conv('branch'),
      { name: 'branch/norm', kind: 'batchNorm' },
      { name: 'sum', kind: 'add', inputs: ['branch/norm', 'stem/relu'] },
      relu('sum/relu'),
      { name: 'pool', kind: 'globalAvgPool2d' },
      { name: 'hidden', kind: 'dense', config: { units: 5 } },
      { name: 'drop', kind: 'dropout' },
      { name: 'hidden/softmax', kind: 'activation', config: { fn: 'softmax' } },
      { name: 'logits', kind: 'dense', config: { units: 3 } },
      { name: 'softmax', kind: 'activation', config: { fn: 'softmax' } },
    ],
  },
  { seed: 1 },
);

const named = (network: Network, name: string): Layer => {
  const found = network.layers.find((layer) => layer.name === name);
  if (!found) throw new Error(`no layer ${name}`);
  return found;
};
const names = (network: Network, ids: Iterable<number>): string[] =>
  [...ids].map((id) => network.layers[id]?.name ?? '');

describe('nodeOutput', () => {
  test.each([
    ['stem', 'stem/relu', 'passes batch norm and activation, and stops where two layers take the output'],
    ['branch', 'branch/norm', 'stops before a sum'],
    ['hidden', 'drop', 'passes dropout and stops before a softmax'],
    ['logits', 'logits', 'stops before the softmax at the end'],
  ])('nodeOutput(%s) is %s: it %s', (layer, output) => {
    expect(nodeOutput(residual, named(residual, layer)).name).toBe(output);
  });

  test('nodeOutput stays at the output of the network even if layers lie behind it', () => {
    const network = initialize(
      {
        layers: [
          { name: 'in', kind: 'input', config: { shape: [2] } },
          { name: 'a', kind: 'dense', config: { units: 2 } },
          relu('r'),
        ],
        output: 'a',
      },
      { seed: 0 },
    );
    expect(nodeOutput(network, named(network, 'a')).name).toBe('a');
  });
});

describe('layers with nodes', () => {
  test('nodeCount is the number of units or filters, 0 for other kinds', () => {
    expect(residual.layers.map(nodeCount)).toEqual([0, 2, 0, 0, 2, 0, 0, 0, 0, 5, 0, 0, 3, 0]);
  });

  test('outputLayers has the last layer with nodes', () => {
    expect(names(residual, outputLayers(residual))).toEqual(['logits']);
  });

  test('hiddenLayers has all others that reach the output', () => {
    expect(hiddenLayers(residual).map(({ name }) => name)).toEqual(['stem', 'branch', 'hidden']);
  });

  test('every branch of a joined output ends in an output layer', () => {
    const network = initialize(
      {
        layers: [
          { name: 'in', kind: 'input', config: { shape: [2] } },
          { name: 'first', kind: 'dense', config: { units: 4 } },
          { name: 'a', kind: 'dense', config: { units: 3 } },
          { name: 'b', kind: 'dense', config: { units: 3 }, inputs: ['first'] },
          { name: 'join', kind: 'concat', inputs: ['a', 'b'] },
        ],
      },
      { seed: 0 },
    );
    expect(names(network, outputLayers(network))).toEqual(['a', 'b']);
    expect(hiddenLayers(network).map(({ name }) => name)).toEqual(['first']);
  });

  test('a layer that the output does not need is not hidden', () => {
    const network = initialize(
      {
        layers: [
          { name: 'in', kind: 'input', config: { shape: [2] } },
          { name: 'dead', kind: 'dense', config: { units: 4 } },
          { name: 'a', kind: 'dense', config: { units: 3 }, inputs: ['in'] },
          { name: 'b', kind: 'dense', config: { units: 3 } },
        ],
        output: 'b',
      },
      { seed: 0 },
    );
    expect(hiddenLayers(network).map(({ name }) => name)).toEqual(['a']);
  });

  test('a layer whose output is both used and shown is an output layer', () => {
    const network = initialize(
      {
        layers: [
          { name: 'in', kind: 'input', config: { shape: [3] } },
          { name: 'a', kind: 'dense', config: { units: 3 } },
          { name: 'b', kind: 'dense', config: { units: 3 } },
          { name: 'sum', kind: 'add', inputs: ['a', 'b'] },
        ],
      },
      { seed: 0 },
    );
    expect(names(network, outputLayers(network))).toEqual(['a', 'b']);
  });
});

describe('the graph around a layer', () => {
  test('ancestorsOf has the layer and everything that it depends on', () => {
    const ancestors = ancestorsOf(residual, named(residual, 'branch').id);
    expect(names(residual, ancestors).sort()).toEqual(['branch', 'input', 'stem', 'stem/norm', 'stem/relu']);
  });

  test('consumersOf has for each layer those that take it', () => {
    const consumers = consumersOf(residual);
    expect(names(residual, consumers[named(residual, 'stem/relu').id] ?? [])).toEqual(['branch', 'sum']);
    expect(consumers[residual.output]).toEqual([]);
  });
});
