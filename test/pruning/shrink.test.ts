import { describe, expect, it } from 'vitest';
import { predict } from '../../src/engine/index.js';
import {
  type CutPoint,
  channelGroups,
  createNetwork,
  cutPoints,
  initialize,
  type Layer,
  type LayerSpec,
  layerAt,
  type Network,
  nodeCount,
} from '../../src/network/index.js';
import { createPlan, maskNetwork, type NodesByLayer, shrinkNetwork } from '../../src/pruning/index.js';
import { sizeOf, type Tensor, tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { withDoubles } from '../support/doubles.js';
import { randomNetwork } from '../support/randomNetwork.js';
import { expectClose, tolerances } from '../support/tolerance.js';

/** Every weight drawn anew, so that biases, betas and means are not 0 and gammas not 1. */
function shaken(network: Network, seed: number): Network {
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
  return createNetwork({ layers, output: layerAt(network, network.output).name });
}

const build = (...layers: LayerSpec[]): Network => shaken(initialize({ layers }, { seed: 1 }), 7);

type Rest = { readonly inputs?: readonly string[] } & Readonly<Record<string, unknown>>;
const layer =
  (kind: string) =>
  (name: string, { inputs, ...config }: Rest = {}): LayerSpec =>
    ({ name, kind, config, ...(inputs ? { inputs } : {}) }) as LayerSpec;
const image = (...shape: number[]): LayerSpec => ({ name: 'in', kind: 'input', config: { shape } });
const dense = (name: string, units: number, rest: Rest = {}): LayerSpec => layer('dense')(name, { units, ...rest });
const conv = (name: string, filters: number, rest: Rest = {}): LayerSpec =>
  layer('conv2d')(name, { filters, kernelSize: [3, 3], padding: 'valid', ...rest });
const same = { padding: 'same' } as const;
const norm = layer('batchNorm');
const act = (name: string, fn: string, rest: Rest = {}): LayerSpec => layer('activation')(name, { fn, ...rest });
const relu = (name: string, rest: Rest = {}): LayerSpec => act(name, 'relu', rest);
const add = (name: string, ...inputs: string[]): LayerSpec => layer('add')(name, { inputs });
const concat = (name: string, ...inputs: string[]): LayerSpec => layer('concat')(name, { inputs });
const multiply = (name: string, ...inputs: string[]): LayerSpec => layer('multiply')(name, { inputs });
const flatten = layer('flatten');
const depthwise = (name: string, rest: Rest = {}): LayerSpec =>
  layer('depthwiseConv2d')(name, { kernelSize: [3, 3], padding: 'same', ...rest });
const pool = (name: string, rest: Rest = {}): LayerSpec => layer('maxPool2d')(name, { kernelSize: [2, 2], ...rest });
const mean = layer('globalAvgPool2d');

/** Outputs for a few samples, by the reference engine in double, then rounded. */
function outputs(network: Network): Promise<Float32Array> {
  const random = createRandom(3);
  const size = sizeOf(layerAt(network, network.input).outputShape);
  const x = Float32Array.from({ length: 5 * size }, () => 2 * random.uniform() - 1);
  return predict(network, { x }, { engine: 'reference' });
}

const planOf = (network: Network, nodes: NodesByLayer, cut: CutPoint) =>
  createPlan(network, nodes, { cut, values: (_layer, node) => 0.3 + node / 8 });

/** Which channels are left of each layer with nodes, as text. */
const sizes = ({ layers }: Network): string =>
  layers
    .filter((each) => nodeCount(each) > 0)
    .map((each) => `${each.name} ${nodeCount(each)}`)
    .join(', ');

interface Case {
  readonly network: Network;
  readonly nodes: NodesByLayer;
  /** Nodes left of each layer, for cuts at which something else is left than deleting everything gives. */
  readonly left: string | Readonly<Record<CutPoint, string>>;
}

const cases: Readonly<Record<string, Case>> = {
  'a chain of dense layers': {
    network: build(image(4), dense('a', 5), relu('r'), dense('b', 3)),
    nodes: { a: [1, 3] },
    left: 'a 3, b 3',
  },
  'two layers in a row': {
    network: build(image(4), dense('a', 5), relu('r'), dense('b', 4), relu('s'), dense('c', 2)),
    nodes: { a: [0, 4], b: [1] },
    left: 'a 3, b 3, c 2',
  },
  'an activation that is not 0 at 0': {
    network: build(image(4), dense('a', 5), act('s', 'sigmoid'), dense('b', 3)),
    nodes: { a: [0, 2] },
    left: 'a 3, b 3',
  },
  'no activation at all': {
    network: build(image(3), dense('a', 4), dense('b', 2)),
    nodes: { a: [2] },
    left: 'a 3, b 2',
  },
  'batch normalisation before the activation': {
    network: build(image(6, 6, 2), conv('a', 4), norm('n'), relu('r'), conv('b', 3), mean('m'), dense('c', 2)),
    nodes: { a: [0, 3] },
    left: 'a 2, b 3, c 2',
  },
  'batch normalisation behind the activation': {
    network: build(image(6, 6, 2), conv('a', 4), relu('r'), norm('n'), conv('b', 3), mean('m'), dense('c', 2)),
    nodes: { a: [1] },
    left: 'a 3, b 3, c 2',
  },
  'a beta before a convolution that pads': {
    network: build(image(6, 6, 2), conv('a', 4), norm('n'), conv('b', 3, same), mean('m'), dense('c', 2)),
    nodes: { a: [1] },
    left: { weights: 'a 4, b 3, c 2', zero: 'a 3, b 3, c 2', mean: 'a 4, b 3, c 2' },
  },
  'a beta that relu hides before a convolution that pads': {
    network: build(image(6, 6, 2), conv('a', 3, same), relu('r'), conv('b', 3, same), mean('m'), dense('c', 2)),
    nodes: { a: [1] },
    left: { weights: 'a 2, b 3, c 2', zero: 'a 2, b 3, c 2', mean: 'a 3, b 3, c 2' },
  },
  'a flatten into a dense layer': {
    network: build(image(4, 5, 2), conv('a', 3), relu('r'), flatten('f'), dense('b', 2)),
    nodes: { a: [0] },
    left: 'a 2, b 2',
  },
  'a pool before the flatten': {
    network: build(image(6, 6, 1), conv('a', 4, same), norm('n'), pool('p'), flatten('f'), dense('b', 2)),
    nodes: { a: [0, 2] },
    left: 'a 2, b 2',
  },
  'a mean that counts its padding': {
    network: build(
      image(5, 5, 1),
      conv('a', 3, same),
      norm('n'),
      layer('avgPool2d')('p', {
        kernelSize: [2, 2],
        padding: [
          [1, 1],
          [1, 1],
        ],
        includePadding: true,
      }),
      flatten('f'),
      dense('b', 2),
    ),
    nodes: { a: [2] },
    left: { weights: 'a 3, b 2', zero: 'a 2, b 2', mean: 'a 3, b 2' },
  },
  'a mean that leaves its padding out': {
    network: build(
      image(5, 5, 1),
      conv('a', 3, same),
      norm('n'),
      layer('avgPool2d')('p', {
        kernelSize: [2, 2],
        padding: [
          [1, 1],
          [1, 1],
        ],
        includePadding: false,
      }),
      flatten('f'),
      dense('b', 2),
    ),
    nodes: { a: [2] },
    left: 'a 2, b 2',
  },
  'zeros around the image as a layer of their own': {
    network: build(
      image(5, 5, 1),
      conv('a', 3),
      norm('n'),
      layer('zeroPad2d')('z', {
        padding: [
          [1, 0],
          [0, 1],
        ],
      }),
      conv('b', 2),
      mean('m'),
    ),
    nodes: { a: [0] },
    left: { weights: 'a 3, b 2', zero: 'a 2, b 2', mean: 'a 3, b 2' },
  },
  'a global mean': {
    network: build(image(5, 5, 2), conv('a', 4), norm('n'), act('t', 'tanh'), mean('m'), dense('b', 3)),
    nodes: { a: [0, 1, 2] },
    left: 'a 1, b 3',
  },
  'a reshape back into an image': {
    network: build(
      image(6),
      dense('a', 8),
      relu('r'),
      layer('reshape')('s', { shape: [2, 2, 2] }),
      conv('b', 2, { kernelSize: [1, 1] }),
      mean('m'),
    ),
    nodes: { a: [1] },
    left: { weights: 'a 4, b 2', zero: 'a 4, b 2', mean: 'a 8, b 2' },
  },
  'a residual add': {
    network: build(
      image(5, 5, 2),
      conv('a', 4, same),
      relu('r'),
      conv('b', 4, same),
      add('s', 'r', 'b'),
      relu('t'),
      mean('m'),
      dense('c', 2),
    ),
    nodes: { b: [1] },
    left: { weights: 'a 3, b 3, c 2', zero: 'a 3, b 3, c 2', mean: 'a 4, b 4, c 2' },
  },
  'residual adds along a trunk of three layers': {
    network: build(
      image(5, 5, 2),
      conv('a', 4, same),
      relu('r'),
      conv('b', 4, same),
      add('s', 'r', 'b'),
      conv('c', 4, same),
      add('t', 's', 'c'),
      mean('m'),
      dense('d', 2),
    ),
    nodes: { a: [0], c: [2] },
    left: { weights: 'a 2, b 2, c 2, d 2', zero: 'a 2, b 2, c 2, d 2', mean: 'a 4, b 4, c 4, d 2' },
  },
  'batch normalisation behind a residual add, without padding': {
    network: build(
      image(4, 4, 2),
      conv('a', 4, { kernelSize: [1, 1] }),
      conv('b', 4, { kernelSize: [1, 1] }),
      add('s', 'a', 'b'),
      norm('n'),
      relu('t'),
      conv('c', 2),
      mean('m'),
    ),
    nodes: { a: [3] },
    left: 'a 3, b 3, c 2',
  },
  'a projection around a block': {
    network: build(
      image(6, 6, 2),
      conv('a', 3, { ...same, strides: [2, 2] }),
      relu('r'),
      conv('b', 4, same),
      conv('p', 4, { kernelSize: [1, 1], strides: [2, 2], inputs: ['in'] }),
      add('s', 'b', 'p'),
      relu('t'),
      mean('m'),
      dense('c', 2),
    ),
    nodes: { a: [2], p: [0] },
    left: { weights: 'a 2, b 3, p 3, c 2', zero: 'a 2, b 3, p 3, c 2', mean: 'a 3, b 3, p 3, c 2' },
  },
  'a concat of three': {
    network: build(
      image(4, 4, 2),
      conv('a', 2),
      conv('b', 3, { inputs: ['in'] }),
      conv('c', 2, { inputs: ['in'] }),
      concat('j', 'a', 'b', 'c'),
      norm('n'),
      mean('m'),
      dense('d', 2),
    ),
    nodes: { a: [1], b: [0, 2], c: [0] },
    left: 'a 1, b 1, c 1, d 2',
  },
  'a concat, then an add': {
    network: build(
      image(4, 4, 2),
      conv('a', 2),
      conv('b', 2, { inputs: ['in'] }),
      concat('j', 'a', 'b'),
      conv('c', 4, { inputs: ['in'] }),
      add('s', 'j', 'c'),
      mean('m'),
      dense('d', 2),
    ),
    nodes: { c: [3], a: [0] },
    left: 'a 1, b 1, c 2, d 2',
  },
  'a concat along the height': {
    network: build(
      image(4, 4, 2),
      conv('a', 3),
      conv('b', 3, { inputs: ['in'] }),
      layer('concat')('j', { axis: 0, inputs: ['a', 'b'] }),
      mean('m'),
      dense('d', 2),
    ),
    nodes: { a: [1] },
    left: 'a 2, b 2, d 2',
  },
  'a depthwise convolution': {
    network: build(
      image(5, 5, 2),
      conv('a', 4),
      relu('r'),
      depthwise('d'),
      relu('s'),
      conv('b', 3, { kernelSize: [1, 1] }),
      mean('m'),
    ),
    nodes: { a: [2] },
    left: { weights: 'a 3, d 3, b 3', zero: 'a 3, d 3, b 3', mean: 'a 3, d 3, b 3' },
  },
  'a depthwise convolution between batch normalisations': {
    network: build(
      image(5, 5, 2),
      conv('a', 4),
      norm('n'),
      act('r', 'relu6'),
      depthwise('d', { padding: 'valid' }),
      norm('o'),
      act('s', 'relu6'),
      conv('b', 3, { kernelSize: [1, 1] }),
      mean('m'),
    ),
    nodes: { d: [0, 1] },
    left: 'a 2, d 2, b 3',
  },
  'a depthwise convolution with two outputs a channel': {
    network: build(
      image(5, 5, 2),
      conv('a', 3),
      depthwise('d', { depthMultiplier: 2 }),
      conv('b', 3, { kernelSize: [1, 1] }),
      mean('m'),
    ),
    nodes: { d: [3] },
    left: 'a 2, d 4, b 3',
  },
  'a chain of depthwise convolutions': {
    network: build(
      image(5, 5, 1),
      conv('a', 3, same),
      depthwise('d'),
      relu('r'),
      depthwise('e'),
      norm('n'),
      mean('m'),
      dense('b', 2),
    ),
    nodes: { e: [1] },
    left: 'a 2, d 2, e 2, b 2',
  },
  'a convolution in groups': {
    network: build(
      image(4, 4, 2),
      conv('a', 6, same),
      relu('r'),
      conv('g', 9, { groups: 3 }),
      relu('s'),
      mean('m'),
      dense('b', 2),
    ),
    nodes: { g: [4] },
    left: 'a 4, g 6, b 2',
  },
  'squeeze and excite': {
    network: build(
      image(5, 5, 2),
      conv('a', 4, same),
      relu('r'),
      mean('m', { keepDims: true }),
      conv('q', 2, { kernelSize: [1, 1] }),
      relu('t'),
      conv('x', 4, { kernelSize: [1, 1] }),
      act('g', 'sigmoid'),
      multiply('e', 'r', 'g'),
      conv('b', 3, same),
      mean('o'),
    ),
    nodes: { a: [0], q: [1] },
    left: { weights: 'a 3, q 1, x 3, b 3', zero: 'a 3, q 1, x 3, b 3', mean: 'a 4, q 1, x 4, b 3' },
  },
  'strides and dilation': {
    network: build(
      image(9, 9, 2),
      conv('a', 4, { strides: [2, 2] }),
      relu('r'),
      conv('b', 3, { kernelSize: [2, 2], dilation: [2, 2] }),
      flatten('f'),
      dense('c', 2),
    ),
    nodes: { a: [1], b: [0] },
    left: 'a 3, b 2, c 2',
  },
  'padding given in numbers': {
    network: build(
      image(5, 5, 2),
      conv('a', 3, {
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
      relu('r'),
      conv('b', 2, {
        padding: [
          [0, 0],
          [0, 0],
        ],
      }),
      mean('m'),
    ),
    nodes: { a: [1] },
    left: 'a 2, b 2',
  },
  'dropout on the way': {
    network: build(image(4), dense('a', 5), relu('r'), layer('dropout')('d', { rate: 0.5 }), dense('b', 3)),
    nodes: { a: [0] },
    left: 'a 4, b 3',
  },
  'a softmax head': {
    network: build(image(4), dense('a', 5), act('e', 'elu'), dense('b', 3), act('p', 'softmax')),
    nodes: { a: [4] },
    left: 'a 4, b 3',
  },
  'a node that two layers take': {
    network: build(
      image(4),
      dense('a', 5),
      relu('r'),
      dense('b', 3),
      dense('c', 3, { inputs: ['r'] }),
      add('s', 'b', 'c'),
    ),
    nodes: { a: [0, 1] },
    left: 'a 3, b 3, c 3',
  },
  'a pre-activation that somebody else takes': {
    network: build(
      image(4),
      dense('a', 5),
      act('s', 'sigmoid'),
      dense('b', 3),
      dense('c', 3, { inputs: ['a'] }),
      add('t', 'b', 'c'),
    ),
    nodes: { a: [0, 1] },
    left: 'a 3, b 3, c 3',
  },
};

describe.for(Object.entries(cases))('shrinking: %s', ([_name, { network, nodes, left }]) => {
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

describe('masking', () => {
  it('cuts what ablation cuts: incoming weights and bias at cut weights, the output at zero and mean', async () => {
    const network = build(image(3), dense('a', 2), act('s', 'sigmoid'), dense('b', 1));
    const at = async (cut: CutPoint): Promise<number> => {
      const masked = maskNetwork(network, planOf(network, { a: [0] }, cut));
      return (await predict(masked, { x: Float32Array.of(1, 2, 3) }, { engine: 'reference' }))[0] as number;
    };
    const { kernel, bias } = (network.layers.find(({ name }) => name === 'a') as Layer).weights;
    const head = (network.layers.find(({ name }) => name === 'b') as Layer).weights;
    const z = bias!.data[1]! + [1, 2, 3].reduce((sum, x, i) => sum + x * kernel!.data[2 * i + 1]!, 0);
    const kept = head.bias!.data[0]! + head.kernel!.data[1]! / (1 + Math.exp(-z));
    for (const [cut, value] of [
      ['weights', 0.5],
      ['zero', 0],
      ['mean', 0.3],
    ] as const) {
      expectClose([await at(cut)], [kept + value * head.kernel!.data[0]!], tolerances.doubleStored, cut);
    }
  });

  it('leaves the other channels bit for bit', async () => {
    const network = build(image(3), dense('a', 4), act('s', 'sigmoid'), dense('b', 2));
    const plan = planOf(network, { a: [0] }, 'mean');
    const gate = maskNetwork(network, plan);
    const before = await predict(createNetwork({ layers: specsUpTo(network, 's') }), { x: Float32Array.of(1, 2, 3) });
    const after = await predict(createNetwork({ layers: specsUpTo(gate, 's/mask') }), { x: Float32Array.of(1, 2, 3) });
    expect([...after].slice(1)).toEqual([...before].slice(1));
    expect(after[0]).toBe(Math.fround(0.3));
  });
});

function specsUpTo(network: Network, name: string): LayerSpec[] {
  const end = network.layers.findIndex((each) => each.name === name);
  return network.layers.slice(0, end + 1).map(({ name: own, kind, config, weights, inputs }) => ({
    name: own,
    kind,
    config,
    weights,
    inputs: inputs.map((id) => layerAt(network, id).name),
  })) as LayerSpec[];
}

describe('createPlan', () => {
  const network = build(image(4), dense('a', 3), relu('r'), dense('b', 3), add('s', 'r', 'b'), dense('c', 2));

  it('takes along what cannot be without', () => {
    expect(createPlan(network, { b: [1] }).nodes).toEqual([
      { layer: 'a', nodes: [1] },
      { layer: 'b', nodes: [1] },
    ]);
  });

  it('refuses what cannot go, saying why', () => {
    expect(() => createPlan(network, { c: [0] })).toThrow(/node 0 of layer "c" cannot go: it is part of the output/);
    expect(() => createPlan(network, { a: [0, 1], b: [2] })).toThrow(/leaves nothing of layer "a"/);
    expect(() => createPlan(network, { a: [3] })).toThrow(/node numbers of layer "a", 0 to 2/);
    expect(() => createPlan(network, { r: [0] })).toThrow(/names of layers with nodes/);
    expect(() => createPlan(network, { a: [0] }, { cut: 'mean' })).toThrow(/a finite mean for node 0/);
  });

  it('is plain JSON that only its own network takes', () => {
    const plan = createPlan(network, { a: [0] }, { cut: 'mean', values: () => 0.5 });
    const read = JSON.parse(JSON.stringify(plan));
    expect(shrinkNetwork(network, read)).toEqual(shrinkNetwork(network, plan));
    expect(() => maskNetwork(shaken(network, 9), plan)).toThrow(/made for another network/);
    for (const broken of [null, 3, {}, { ...plan, version: 2 }]) {
      expect(() => maskNetwork(network, broken as never)).toThrow(/no pruning plan/);
    }
    expect(() => maskNetwork(network, { ...plan, nodes: [{ layer: 'a', nodes: [0] }] })).toThrow(/do not fit/);
    expect(() => maskNetwork(network, { ...plan, nodes: [null] } as never)).toThrow(/names a layer/);
    const whole = { ...createPlan(network, { a: [0] }), nodes: [{ layer: 'a', nodes: [0, 1, 2] }] };
    expect(() => shrinkNetwork(network, whole)).toThrow(/leaves nothing of layer "a"/);
  });
});

describe('random networks, random groups', () => {
  it.for(
    Array.from({ length: 60 }, (_, seed) => seed),
  )('seed %i: shrunk computes what masked computes', async (seed) => {
    const random = createRandom(1000 + seed);
    const network = withDoubles(randomNetwork(1000 + seed, { extra: 5 }));
    const nodes = drawNodes(network, () => random.uniform());
    const plan = planOf(network, nodes, cutPoints[seed % 3] as CutPoint);
    const { network: shrunk } = shrinkNetwork(network, plan);
    const [expected, actual] = [await outputs(maskNetwork(network, plan)), await outputs(shrunk)];
    expectClose(actual, expected, tolerances.doubleStored);
  });
});

/** About every third group of nodes, but never all nodes of a layer. */
function drawNodes(network: Network, uniform: () => number): NodesByLayer {
  const left = new Map(network.layers.map((each) => [each.id, each.outputShape.at(-1) as number]));
  const nodes: Record<string, number[]> = {};
  for (const { members, stays } of channelGroups(network).all) {
    const drawn = uniform() < 0.35;
    if (stays !== null || !drawn || members.some(({ layer: id, channels }) => left.get(id)! <= channels.length))
      continue;
    for (const { layer: id, channels } of members) {
      left.set(id, left.get(id)! - channels.length);
      const { name } = layerAt(network, id);
      if (nodeCount(layerAt(network, id)) > 0) nodes[name] = [...(nodes[name] ?? []), ...channels];
    }
  }
  return nodes;
}
