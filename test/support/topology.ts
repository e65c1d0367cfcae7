import { describe, expect, it } from 'vitest';
import { forwardAll } from '../../src/engine/outputs.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import {
  type CutPoint,
  createNetwork,
  cutPoints,
  describeOutputs,
  initialize,
  type LayerSpec,
  layerAt,
  type Network,
  nodeCount,
  withWeights,
} from '../../src/network/index.js';
import { createPlan, maskNetwork, type NodesByLayer, shrinkNetwork } from '../../src/pruning/index.js';
import { sizeOf, type Tensor, tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { expectClose, tolerances } from './tolerance.js';

/** Every weight drawn anew, so that biases, betas and means are not 0 and gammas not 1. */
export function shaken(network: Network, seed: number): Network {
  const random = createRandom(seed);
  const draw = (name: string, { shape }: Tensor): Tensor => {
    const low = name === 'variance' ? 0.5 : -0.7;
    return tensor(
      shape,
      Float64Array.from({ length: sizeOf(shape) }, () => low + 1.4 * random.uniform()),
    );
  };
  const layers = network.layers.map(
    (layer) =>
      ({
        name: layer.name,
        kind: layer.kind,
        config: layer.config,
        inputs: layer.inputs.map((id) => layerAt(network, id).name),
        weights: Object.fromEntries(Object.entries(layer.weights).map(([name, old]) => [name, draw(name, old)])),
      }) as LayerSpec,
  );
  return createNetwork({ layers, ...describeOutputs(network) });
}

export const build = (...layers: LayerSpec[]): Network => shaken(initialize({ layers }, { seed: 1 }), 7);
export const buildWithOutputs = (outputs: readonly string[], ...layers: LayerSpec[]): Network =>
  shaken(initialize({ layers, outputs }, { seed: 1 }), 7);

/** The network with the weights of the first of some layers in all of them, as one. */
export function tied(network: Network, ...names: readonly string[]): Network {
  const [first, ...others] = names.map((name) => network.layers.find((each) => each.name === name)!);
  return withWeights(network, new Map(others.map(({ id }) => [id, first!.weights])));
}

type Rest = { readonly inputs?: readonly string[] } & Readonly<Record<string, unknown>>;
export const layer =
  (kind: string) =>
  (name: string, { inputs, ...config }: Rest = {}): LayerSpec =>
    ({ name, kind, config, ...(inputs ? { inputs } : {}) }) as LayerSpec;
export const image = (...shape: number[]): LayerSpec => ({ name: 'in', kind: 'input', config: { shape } });
export const dense = (name: string, units: number, rest: Rest = {}): LayerSpec =>
  layer('dense')(name, { units, ...rest });
export const conv = (name: string, filters: number, rest: Rest = {}): LayerSpec =>
  layer('conv2d')(name, { filters, kernelSize: [3, 3], padding: 'valid', ...rest });
export const same = { padding: 'same' } as const;
export const norm = layer('batchNorm');
export const act = (name: string, fn: string, rest: Rest = {}): LayerSpec => layer('activation')(name, { fn, ...rest });
export const relu = (name: string, rest: Rest = {}): LayerSpec => act(name, 'relu', rest);
export const add = (name: string, ...inputs: string[]): LayerSpec => layer('add')(name, { inputs });
export const concat = (name: string, ...inputs: string[]): LayerSpec => layer('concat')(name, { inputs });
export const multiply = (name: string, ...inputs: string[]): LayerSpec => layer('multiply')(name, { inputs });
export const flatten = layer('flatten');
export const depthwise = (name: string, rest: Rest = {}): LayerSpec =>
  layer('depthwiseConv2d')(name, { kernelSize: [3, 3], padding: 'same', ...rest });
export const pool = (name: string, rest: Rest = {}): LayerSpec =>
  layer('maxPool2d')(name, { kernelSize: [2, 2], ...rest });
export const mean = layer('globalAvgPool2d');

/** All outputs for a few samples, one behind the other, by the reference engine in double, then rounded. */
export async function outputs(network: Network): Promise<Float32Array> {
  const random = createRandom(3);
  const size = sizeOf(layerAt(network, network.input).outputShape);
  const x = Float32Array.from({ length: 5 * size }, () => 2 * random.uniform() - 1);
  const all = await forwardAll(referenceEngine.compile(network), { x, count: 5, scale: 1 });
  return Float32Array.from(all.flatMap((output) => [...output]));
}

export const planOf = (network: Network, nodes: NodesByLayer, cut: CutPoint) =>
  createPlan(network, nodes, { cut, values: (_layer, node) => 0.3 + node / 8 });

/** Which channels are left of each layer with nodes, as text. */
export const sizes = ({ layers }: Network): string =>
  layers
    .filter((each) => nodeCount(each) > 0)
    .map((each) => `${each.name} ${nodeCount(each)}`)
    .join(', ');

/** A network, nodes of it to be pruned, and what is left. */
export interface Topology {
  readonly network: Network;
  readonly nodes: NodesByLayer;
  /** Nodes left of each layer, for cuts at which something else is left than deleting everything gives. */
  readonly left: string | Readonly<Record<CutPoint, string>>;
}

/** For each topology and cut a test: shrunk computes what masked computes, and everything that can go is gone. */
export function proveShrinking(topologies: Readonly<Record<string, Topology>>): void {
  describe.for(Object.entries(topologies))('shrinking: %s', ([_name, { network, nodes, left }]) => {
    it.for(cutPoints)('computes at cut %s what the mask computes, and deletes what it can', async (cut) => {
      const plan = planOf(network, nodes, cut);
      const shrunk = shrinkNetwork(network, plan);
      expectClose(await outputs(shrunk.network), await outputs(maskNetwork(network, plan)), tolerances.doubleStored);
      expect(sizes(shrunk.network)).toBe(typeof left === 'string' ? left : left[cut]);
      const gone = plan.nodes.flatMap(({ layer: name, nodes: own }) => own.map((node) => `${name} ${node}`));
      const told = [...shrunk.removed, ...shrunk.kept.flatMap((kept) => kept.nodes)];
      expect(told.flatMap(({ layer: name, nodes: own }) => own.map((node) => `${name} ${node}`)).sort()).toEqual(
        gone.sort(),
      );
    });
  });
}
