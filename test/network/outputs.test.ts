import { describe, expect, test } from 'vitest';
import {
  channelGroups,
  chooseLayers,
  createNetwork,
  describeOutputs,
  hiddenLayers,
  type LayerSpec,
  layerAt,
  lossHead,
  measuredDigest,
  measuredLike,
  networkDigest,
  nodeOutput,
  outputLayers,
  outputNames,
  summarize,
  withOutput,
} from '../../src/network/index.js';
import { twoHeads } from '../support/twoHeads.js';

const network = twoHeads();
const named = (name: string) => network.layers.find((layer) => layer.name === name)!;
const names = (layers: readonly { readonly name: string }[]): string[] => layers.map(({ name }) => name);
const labels = Int32Array.of(0);

describe('a network with two outputs', () => {
  test('is measured at the first, or at the one that is named', () => {
    expect(layerAt(network, network.output).name).toBe('map');
    expect(layerAt(network, withOutput(network, 'classes/activation').output).name).toBe('classes/activation');
    expect(lossHead(withOutput(network, 'classes/activation'), labels)).toMatchObject({
      loss: 'crossentropy',
      width: 3,
    });
    expect(lossHead(network, labels)).toMatchObject({ loss: 'binary-crossentropy', width: 16 });
    expect(summarize(network).outputs).toEqual(['map', 'classes/activation']);
  });

  test('is measured where another is by the number of the output', () => {
    const other = withOutput(network, 'classes/activation');
    expect(measuredLike(network, other).output).toBe(other.output);
    expect(measuredLike(other, network).output).toBe(network.output);
  });

  test('is one network wherever it is measured, and a run knows where', () => {
    const other = withOutput(network, 'classes/activation');
    expect(networkDigest(other)).toBe(networkDigest(network));
    expect(measuredDigest(other)).not.toBe(measuredDigest(network));
    const layers = network.layers.map((layer) => ({
      ...layer,
      inputs: layer.inputs.map((id) => layerAt(network, id).name),
    })) as readonly LayerSpec[];
    const specs = layers.map(({ name, kind, config, inputs, weights }) => ({ name, kind, config, inputs, weights }));
    const alone = createNetwork({ name: network.name, layers: specs as LayerSpec[], output: 'map' });
    expect(networkDigest(alone)).not.toBe(networkDigest(network));
    expect(createNetwork({ ...alone, ...describeOutputs(network), layers: specs as LayerSpec[] })).toEqual(network);
  });

  test('has as hidden layers those that lead to the measured output; no output layer is one', () => {
    expect(outputLayers(network).map((id) => layerAt(network, id).name)).toEqual(['classes', 'b']);
    expect(names(hiddenLayers(network))).toEqual(['a']);
    expect(names(hiddenLayers(withOutput(network, 'classes/activation')))).toEqual(['a', 'h']);
    expect(() => chooseLayers(network, ['h'])).toThrow(/layers.*"h"/);
  });

  test('keeps the channels of all its outputs', () => {
    const groups = channelGroups(network);
    expect(groups.of(named('classes').id, 0).stays).toBe('layer "classes/activation" needs it');
    expect(groups.of(named('b').id, 0).stays).toBe('it is part of the output');
    expect(groups.of(named('a').id, 0).stays).toBeNull();
  });

  test('shows nodes as they leave it, whichever output is measured', () => {
    const outputs = [named('h').id, ...network.outputs];
    expect(nodeOutput({ ...network, outputs }, named('h')).name).toBe('h');
    expect(nodeOutput(network, named('h')).name).toBe('h/activation');
  });
});

describe('withOutput and createNetwork refuse', () => {
  test('an output that is none', () => {
    expect(() => withOutput(network, 'h')).toThrow(
      expect.objectContaining({
        code: 'ERR_ARGUMENT',
        message: 'the network has no output "h"',
        hint: `its outputs: ${outputNames(network).join(', ')}`,
      }),
    );
  });

  const input: LayerSpec = { name: 'in', kind: 'input', config: { shape: [2] } };
  const relu = (name: string): LayerSpec => ({ name, kind: 'activation', inputs: ['in'], config: { fn: 'relu' } });
  test.each([
    [{ outputs: ['a', 'x'] }, 'the output layer "x" is not in the network'],
    [{ outputs: ['a', 'a'] }, 'the output layer "a" is named twice'],
    [{ outputs: [] }, 'expected one output or more but none is named'],
    [{ outputs: ['a'], output: 'b' }, 'the output "b" to be measured is none of the outputs'],
  ])('%j', (ends, message) => {
    expect(() => createNetwork({ layers: [input, relu('a'), relu('b')], ...ends })).toThrow(message);
  });
});
