import { describe, expect, test } from 'vitest';
import type { CutPoint } from '../../src/ablation/index.js';
import {
  ablate,
  ablateCumulative,
  ablateGroups,
  ablatePairs,
  type NodeGroup,
  type NodeRef,
} from '../../src/ablation/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import { hiddenLayers, type LayerId, layerAt, nodeCount, nodeOutput } from '../../src/network/index.js';
import { createRandom } from '../../src/util/random.js';
import { type Judge, judges } from '../support/engines.js';
import { type Cut, naiveMeasure } from '../support/naive.js';
import { randomData, randomNetwork } from '../support/randomNetwork.js';
import { expectClose, type Tolerance } from '../support/tolerance.js';

const network = randomNetwork(31, { include: ['conv2d', 'dense'], loss: 'crossentropy' });
const samples = randomData(network, 32, { count: 70 });
const data = { x: samples.x, y: samples.targets, scale: samples.scale };
const layers = hiddenLayers(network);
const allNodes: NodeRef[] = layers.flatMap(({ name, outputShape }) =>
  Array.from({ length: outputShape.at(-1) as number }, (_, node) => ({ layer: name, node })),
);

const idOf = (name: string): LayerId => (network.layers.find((layer) => layer.name === name) as { id: LayerId }).id;
const cutsAt = (cut: CutPoint, nodes: readonly NodeRef[]): Cut[] =>
  nodes.map(({ layer, node }) => {
    const own = layerAt(network, idOf(layer));
    return { site: cut === 'weights' ? own.id : nodeOutput(network, own, samples.head.scores).id, node, value: 0 };
  });
const naiveMean = (cuts: readonly Cut[]): number => naiveMeasure(network, samples, ...cuts).lossSum / samples.count;

/** What a change may be off by: each of its two losses is within its tolerance. */
const changeTolerance = ({ loss }: Judge, losses: number): Tolerance => ({
  relative: 0,
  absolute: losses * (loss.absolute + loss.relative * naiveMean([])) * 2,
});

describe.each(judges)('$engine.name', (judge) => {
  const options = { engine: judge.engine.name };

  test.each(['weights', 'zero'] as const)('ablateGroups cuts the nodes of a group together at %s', async (cut) => {
    const [first, second] = layers as [(typeof layers)[0], (typeof layers)[0]];
    const groups: NodeGroup[] = [
      [
        { layer: second.name, nodes: [1] },
        { layer: first.name, nodes: [0, nodeCount(first) - 1] },
      ],
      [],
      [{ layer: first.name, nodes: [0] }],
    ];
    const table = await ablateGroups(network, data, groups, { ...options, cut }).collect();
    expect(table.groups.map(({ group }) => group)).toEqual([0, 1, 2]);
    expect(table.baseline).toMatchObject({ samples: 70, cut, engine: judge.engine.name });
    for (const [i, group] of groups.entries()) {
      const nodes = group.flatMap(({ layer, nodes }) => nodes.map((node) => ({ layer, node })));
      const expected = naiveMean(cutsAt(cut, nodes));
      const row = table.groups[i] as (typeof table.groups)[0];
      expectClose([row.loss], [expected], judge.loss, `group ${i}`);
      expect(row.change).toBe(table.baseline.loss - row.loss);
    }
    expect(table.groups[1]?.loss).toBe(table.baseline.loss);
  });

  test('ablateGroups at the mean replaces outputs by their means over the data', async () => {
    const [first, second] = layers as [(typeof layers)[0], (typeof layers)[0]];
    const nodes = [
      { layer: first.name, node: 0 },
      { layer: second.name, node: 1 },
    ];
    using compiled = referenceEngine.compile(network);
    const sites = [first, second].map((layer) => nodeOutput(network, layer, samples.head.scores).id);
    const sums = await compiled.activationSums(samples, sites);
    const cuts = nodes.map(({ node }, i) => ({
      site: sites[i] as LayerId,
      node,
      value: Math.fround((sums[i]?.sum[node] as number) / (sums[i]?.count as number)),
    }));
    const groups = [nodes.map(({ layer, node }) => ({ layer, nodes: [node] }))];
    const { groups: rows } = await ablateGroups(network, data, groups, { ...options, cut: 'mean' }).collect();
    expectClose([rows[0]?.loss ?? Number.NaN], [naiveMean(cuts)], judge.loss);
  });

  test('ablateCumulative measures after each removal, across layers in any order', async () => {
    const order = shuffled(allNodes).slice(0, 12);
    const { removals } = await ablateCumulative(network, data, order, options).collect();
    expect(removals.map(({ removed }) => removed)).toEqual(order.map((_, i) => i + 1));
    for (const [i, { layer, node, loss }] of removals.entries()) {
      expect({ layer, node }).toEqual(order[i]);
      expectClose([loss], [naiveMean(cutsAt('weights', order.slice(0, i + 1)))], judge.loss, `removal ${i}`);
    }
  });

  test('ablatePairs gives every pair of a layer with its interaction', async () => {
    const { name: layer } = layers.at(-1) as (typeof layers)[0];
    const nodes = [0, 1, 2];
    const table = await ablatePairs(network, data, { ...options, layer, nodes }).collect();
    expect(table.pairs.map((pair) => pair.nodes)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    const change = (which: readonly number[]): number =>
      naiveMean([]) -
      naiveMean(
        cutsAt(
          'weights',
          which.map((node) => ({ layer, node })),
        ),
      );
    for (const { node, change: actual } of table.nodes)
      expectClose([actual], [change([node])], changeTolerance(judge, 1), `node ${node}`);
    for (const { nodes: pair, interaction } of table.pairs) {
      const [i, j] = pair;
      const expected = change(pair) - change([i]) - change([j]);
      expectClose([interaction], [expected], changeTolerance(judge, 3), `pair ${pair}`);
    }
  });

  test('a set of one node is what ablate says of it', async () => {
    const { layers: tables, baseline } = await ablate(network, data, options).collect();
    const groups = allNodes.map(({ layer, node }) => [{ layer, nodes: [node] }]);
    const table = await ablateGroups(network, data, groups, options).collect();
    expect(table.baseline).toEqual(baseline);
    const single = tables.flatMap(({ nodes }) => nodes.map(({ loss }) => loss));
    expectClose(
      table.groups.map(({ loss }) => loss),
      single,
      judge.loss,
    );
  });

  test('leaving the loop ends the run', async () => {
    const seen: string[] = [];
    for await (const { type } of ablateCumulative(network, data, allNodes, options)) {
      seen.push(type);
      if (type === 'removal') break;
    }
    expect(seen.filter((type) => type !== 'progress')).toEqual(['baseline', 'removal']);
  });
});

function shuffled<T>(list: readonly T[]): T[] {
  const random = createRandom(33);
  return list
    .map((item) => ({ item, key: random.uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

describe('what does not fit is refused', () => {
  const [first] = layers as [(typeof layers)[0]];
  const count = nodeCount(first);
  test.each([
    ['groups: expected a list of groups', () => ablateGroups(network, data, [])],
    ['layers: expected names of layers with nodes', () => ablateGroups(network, data, [[{ layer: 'x', nodes: [0] }]])],
    ['groups: expected node numbers', () => ablateGroups(network, data, [[{ layer: first.name, nodes: [count] }]])],
    ['is named twice', () => ablateGroups(network, data, [[{ layer: first.name, nodes: [0, 0] }]])],
    ['order: expected a list of nodes', () => ablateCumulative(network, data, [])],
    ['is named twice', () => ablateCumulative(network, data, [allNodes[0], allNodes[0]] as NodeRef[])],
    ['layers: expected names of layers', () => ablatePairs(network, data, { layer: 'x' })],
    ['nodes: expected at least 2', () => ablatePairs(network, data, { layer: first.name, nodes: [0] })],
    ['cut: expected one of', () => ablateGroups(network, data, [[]], { cut: 'x' as CutPoint })],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });
});
