import { describe, expect, test } from 'vitest';
import { type CompiledNetwork, type EngineEvent, type Sweep, sampleBlock } from '../../src/engine/engine.js';
import { hiddenLayers, type Network, nodeCount } from '../../src/network/index.js';
import { judges } from '../support/engines.js';
import { naiveMeasure } from '../support/naive.js';
import { type RandomData, randomData, randomNetwork } from '../support/randomNetwork.js';
import { expectClose, tolerances } from '../support/tolerance.js';

/** Every node of every hidden layer, cut at its weights. */
function allSweeps(network: Network): Sweep[] {
  return hiddenLayers(network).map((layer) => {
    const nodes = Uint32Array.from({ length: nodeCount(layer) }, (_, node) => node);
    return { site: layer.id, nodes, values: new Float32Array(nodes.length) };
  });
}

async function eventsOf(compiled: CompiledNetwork, data: RandomData, sweeps: Sweep[], partial: boolean) {
  const events: EngineEvent[] = [];
  for await (const event of compiled.ablate({ samples: data, head: data.head, sweeps, partial })) events.push(event);
  return events;
}

/** What is final: the baseline and the nodes. */
const finals = (events: readonly EngineEvent[]) =>
  events.filter((event) => event.type === 'baseline' || event.type === 'node');

/** Data made of these blocks of samples of `data`, in this order. */
function blocksOf(data: RandomData, blocks: readonly number[]): RandomData {
  const pick = <T extends RandomData['x'] | RandomData['targets']>(values: T): T => {
    const size = (values.length / data.count) * sampleBlock;
    const picked = new (values.constructor as new (length: number) => T)(size * blocks.length);
    for (const [i, block] of blocks.entries()) picked.set(values.subarray(block * size, (block + 1) * size), i * size);
    return picked;
  };
  return { ...data, count: blocks.length * sampleBlock, x: pick(data.x), targets: pick(data.targets) };
}

const network = randomNetwork(21, { include: ['conv2d', 'add'], loss: 'crossentropy' });
const data = randomData(network, 22, { count: 2 * sampleBlock });
const sweeps = allSweeps(network);

describe.each(judges)('ablate(job) of $engine.name', ({ engine, loss }) => {
  test('tells the baseline first, the nodes in the order of the sweeps, and progress that grows', async () => {
    using compiled = engine.compile(network);
    const events = await eventsOf(compiled, data, sweeps, true);
    expect(events.findIndex(({ type }) => type === 'baseline')).toBe(0);
    const nodes = events.flatMap((event) => (event.type === 'node' ? [[event.sweep, event.index]] : []));
    expect(nodes).toEqual(sweeps.flatMap((sweep, i) => [...sweep.nodes.keys()].map((index) => [i, index])));
    const done = events.flatMap((event) => (event.type === 'progress' ? [event.done] : []));
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.every((samples) => samples >= 0 && samples <= data.count)).toBe(true);
  });

  test('gives the same bits for any threads and memory, with estimates or without', async () => {
    using first = engine.compile(network, { threads: 1 });
    const expected = finals(await eventsOf(first, data, sweeps, false));
    for (const options of [{ threads: 3 }, { threads: 2, memory: 2 ** 24 }]) {
      using compiled = engine.compile(network, options);
      for (const partial of [false, true]) {
        expect(finals(await eventsOf(compiled, data, sweeps, partial))).toEqual(expected);
      }
    }
  });

  test('tells the blocks of a node, if asked, right before it: their changes are those of the blocks alone', async () => {
    using compiled = engine.compile(network);
    const job = { head: data.head, sweeps, partial: false };
    const told: EngineEvent[] = [];
    for await (const event of compiled.ablate({ ...job, samples: data, blocks: true })) told.push(event);
    const results = told.filter(({ type }) => type === 'block' || type === 'node');
    const parts = await Promise.all([0, 1].map((block) => eventsOf(compiled, blocksOf(data, [block]), sweeps, false)));
    const expected = parts.map((part) => {
      const [baseline, ...nodes] = finals(part) as (EngineEvent & { lossSum: number })[];
      return nodes.map(({ lossSum }) => (baseline?.lossSum ?? Number.NaN) - lossSum);
    });
    const [first = [], second = []] = expected;
    expect(results).toHaveLength(3 * first.length);
    for (const [i, change] of first.entries()) {
      const [one, two, node] = results.slice(3 * i, 3 * i + 3);
      const { sweep, index } = node as EngineEvent & { type: 'node' };
      expect(one).toEqual({ type: 'block', sweep, index, block: 0, changeSum: change });
      expect(two).toEqual({ type: 'block', sweep, index, block: 1, changeSum: second[i] });
      expect(node?.type).toBe('node');
    }
  });

  test('evaluate gives the loss of each sample, which sum up to that of all', async () => {
    using compiled = engine.compile(network);
    const { losses, lossSum } = await compiled.evaluate(data, data.head);
    expect(losses).toHaveLength(data.count);
    expectClose([losses.reduce((sum, value) => sum + value, 0)], [lossSum], tolerances.double);
    const alone = await compiled.evaluate(blocksOf(data, [1]), data.head);
    expect(alone.losses).toEqual(losses.slice(sampleBlock));
  });

  test('estimates from two blocks with their standard error, from one without', async () => {
    using compiled = engine.compile(network);
    const partials = (await eventsOf(compiled, data, sweeps, true)).filter((event) => event.type === 'partial');
    expect(partials.length).toBeGreaterThan(0);
    const parts = [blocksOf(data, [0]), blocksOf(data, [1])];
    const intact = parts.map((part) => naiveMeasure(network, part).lossSum);
    for (const { sweep, index, samples, changeSum, standardError } of partials.slice(0, 20)) {
      const { site, nodes, values } = sweeps[sweep] as Sweep;
      const cut = { site, node: nodes[index] as number, value: values[index] as number };
      const changes = parts.map((part, i) => (intact[i] as number) - naiveMeasure(network, part, cut).lossSum);
      const [first = 0, second = 0] = changes;
      // A change is a difference of two sums of losses, each within its tolerance.
      const slack = { relative: 0, absolute: loss.absolute + 2 * loss.relative * Math.max(...intact) };
      if (samples === sampleBlock) {
        expectClose([changeSum], [first], slack);
        expect(standardError).toBeNull();
      } else {
        expectClose([changeSum], [first + second], { ...slack, absolute: 2 * slack.absolute });
        expectClose([standardError ?? Number.NaN], [Math.abs(first - second) / 2 / sampleBlock], slack);
      }
    }
  });

  test('estimates from equal blocks have no error', async () => {
    using compiled = engine.compile(network);
    const equal = blocksOf(data, [0, 0, 0, 0, 0]);
    const events = await eventsOf(compiled, equal, sweeps, true);
    const [baseline, ...nodes] = finals(events);
    const partials = events.filter((event) => event.type === 'partial').filter(({ samples }) => samples > sampleBlock);
    expect(partials.length).toBeGreaterThan(0);
    for (const { sweep, index, samples, changeSum, standardError } of partials) {
      const node = nodes.find((event) => event.type === 'node' && event.sweep === sweep && event.index === index);
      const change = ((baseline?.lossSum ?? Number.NaN) - (node?.lossSum ?? Number.NaN)) / equal.count;
      expectClose([changeSum / samples], [change], tolerances.double);
      expectClose([standardError ?? Number.NaN], [0], tolerances.double);
    }
  });
});
