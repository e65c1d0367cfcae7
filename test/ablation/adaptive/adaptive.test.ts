import { describe, expect, it } from 'vitest';
import { type AblationEvent, ablate, type EstimateEvent, type NodeEvent } from '../../../src/ablation/index.js';
import { predict } from '../../../src/engine/index.js';
import { denseNetwork, hiddenLayers, initialize, type Network, presets } from '../../../src/network/index.js';
import { createRandom } from '../../../src/util/random.js';
import { judges } from '../../support/engines.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

/** Relu layers with weights drawn large, so that they are sure of most samples; node 2 of `dense_1` never fires. */
const drawn = initialize(denseNetwork([5], [7, 4], 3), { seed: 11 });
const network: Network = {
  ...drawn,
  layers: drawn.layers.map((layer) => {
    const { kernel } = layer.weights;
    if (kernel === undefined) return layer;
    const dead = (i: number): boolean => layer.name === 'dense_1' && i % 7 === 2;
    const weights = { ...layer.weights, kernel: { ...kernel, data: kernel.data.map((w, i) => (dead(i) ? 0 : 4 * w)) } };
    return { ...layer, weights } as typeof layer;
  }),
};
const random = createRandom(12);
const count = 3000;
const x = Float32Array.from({ length: count * 5 }, () => random.normal());
const scores = await predict(network, { x }, { engine: 'reference' });
/** What the network says, but for one sample in twenty. */
const y = Int32Array.from({ length: count }, (_, sample) => {
  const own = scores.subarray(3 * sample, 3 * sample + 3);
  return random.uniform() < 0.05 ? random.integer(2) : own.indexOf(Math.max(...own));
});
const data = { x, y };
const edges = { toleranceLow: -5e-3, toleranceHigh: 5e-3 };
const adaptive = { confidence: 0.95, seed: 3 };

async function eventsOf(run: AsyncIterable<AblationEvent>): Promise<AblationEvent[]> {
  const events: AblationEvent[] = [];
  for await (const event of run) if (event.type !== 'progress') events.push(event);
  return events;
}

const nodesIn = (events: readonly AblationEvent[]): NodeEvent[] => events.filter((event) => event.type === 'node');
const nameOf = ({ layer, node }: NodeEvent | EstimateEvent): string => `${layer} ${node}`;

describe.each(judges)('an adaptive run on $engine.name', ({ engine: { name: engine } }) => {
  const options = { ...edges, engine } as const;
  const exact = eventsOf(ablate(network, data, options)).then(nodesIn);
  const adaptiveRun = eventsOf(ablate(network, data, { ...options, adaptive }));

  it('tells estimates of a node until it is final, each layer behind its nodes, done last', async () => {
    const events = await adaptiveRun;
    expect(events[0]).toMatchObject({ type: 'baseline', adaptive: { ...adaptive, complete: false } });
    expect(events.at(-1)).toMatchObject({ type: 'done', nodes: 11 });
    const final = new Set<string>();
    for (const event of events) {
      if (event.type === 'estimate') expect(final).not.toContain(nameOf(event));
      if (event.type === 'node') final.add(nameOf(event));
      if (event.type === 'layer') {
        const own = [...final].filter((node) => node.startsWith(`${event.layer} `));
        expect(own).toHaveLength(event.zero + event.worse + event.important);
      }
    }
    expect([...final].sort()).toEqual((await exact).map(nameOf).sort());
  });

  it('says of each node what it rests on, and is right', async () => {
    const nodes = nodesIn(await adaptiveRun);
    let measured = 0;
    for (const node of nodes) {
      const truth = (await exact).find((other) => nameOf(other) === nameOf(node))!;
      measured += node.samples! / count / nodes.length;
      expect(node.class).toBe(truth.class);
      expect(node.low).toBeLessThanOrEqual(truth.change + tolerances.double.absolute);
      expect(node.high).toBeGreaterThanOrEqual(truth.change - tolerances.double.absolute);
      if (node.exact) {
        expectClose([node.change, node.loss], [truth.change, truth.loss], tolerances.double);
        expect(node).toMatchObject({ samples: count, low: node.change, high: node.change, accuracy: truth.accuracy });
      } else {
        expect(node.samples).toBeLessThan(count);
        expect(node.accuracy).toBeNull();
      }
    }
    expect(new Set(nodes.map((node) => node.exact))).toEqual(new Set([true, false]));
    const done = (await adaptiveRun).find((event) => event.type === 'done');
    expectClose([done?.measured ?? 0], [measured], tolerances.double);
  });

  it('gives the exact numbers of all nodes, on request, after their classes', async () => {
    const events = await eventsOf(ablate(network, data, { ...options, adaptive: { ...adaptive, complete: true } }));
    const nodes = nodesIn(events);
    const early = events.filter((event) => event.type === 'estimate').filter((event) => event.class !== null);
    expect(new Set(early.map(nameOf)).size).toBe(early.length);
    expect(early.length).toBe(nodesIn(await adaptiveRun).filter((node) => !node.exact).length);
    for (const truth of await exact) {
      const node = nodes.find((other) => nameOf(other) === nameOf(truth))!;
      expect(node).toMatchObject({ exact: true, class: truth.class, accuracy: truth.accuracy });
      expectClose([node.change], [truth.change], tolerances.double);
    }
  });

  it('gives the same bits for any threads and memory, other draws for another seed', async () => {
    const nodes = nodesIn(await adaptiveRun);
    for (const limits of [{ threads: 1 }, { threads: 3, memory: 2 ** 22 }]) {
      expect(nodesIn(await eventsOf(ablate(network, data, { ...options, ...limits, adaptive })))).toEqual(nodes);
    }
    const others = await eventsOf(ablate(network, data, { ...options, adaptive: { ...adaptive, seed: 4 } }));
    expect(nodesIn(others)).not.toEqual(nodes);
  });

  it('collects a table in the order of the graph', async () => {
    const table = await ablate(network, data, { ...options, adaptive }).collect();
    expect(table.layers.map(({ layer }) => layer)).toEqual(['dense_1', 'dense_2']);
    for (const { nodes } of table.layers) expect(nodes.map(({ node }) => node)).toEqual([...nodes.keys()]);
    expect(table.measured).toBeLessThan(1);
  });

  it('stops with its signal, and when the loop is left', async () => {
    const controller = new AbortController();
    const reading = (async () => {
      for await (const event of ablate(network, data, { ...options, adaptive, signal: controller.signal })) {
        if (event.type === 'baseline') controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    for await (const event of ablate(network, data, { ...options, adaptive })) if (event.type === 'estimate') break;
  });

  it('measures nodes that never fire to the end, as exact zeros', async () => {
    const run = ablate(network, data, { ...options, adaptive, layers: ['dense_1'], nodes: [2] });
    const [node] = nodesIn(await eventsOf(run));
    expect(node).toMatchObject({ change: 0, class: 'zero', exact: true, low: 0, high: 0 });
  });

  it.each(['zero', 'mean'] as const)('takes cut %s, with means over all samples', async (cut) => {
    const complete = { ...adaptive, complete: true };
    const nodes = nodesIn(await eventsOf(ablate(network, data, { ...options, cut, adaptive: complete })));
    for (const truth of nodesIn(await eventsOf(ablate(network, data, { ...options, cut })))) {
      const node = nodes.find((other) => nameOf(other) === nameOf(truth))!;
      expectClose([node.change], [truth.change], tolerances.double);
    }
  });

  it('measures few samples all, at once', async () => {
    const few = { x: x.slice(0, 5 * 70), y: y.slice(0, 70) };
    const events = await eventsOf(ablate(network, few, { ...options, adaptive }));
    expect(events.map(({ type }) => type)).not.toContain('estimate');
    expect(nodesIn(events).every((node) => node.exact && node.samples === 70)).toBe(true);
  });

  it('gathers images of bytes and rows of targets as they lie', async () => {
    const cnn = initialize(presets.cnn([8, 8, 1], 3), { seed: 2 });
    const images = {
      x: Uint8Array.from({ length: 640 * 64 }, () => random.integer(255)),
      y: Int32Array.from({ length: 640 }, () => random.integer(2)),
      scale: 1 / 255,
    };
    const chosen = { ...options, layers: [hiddenLayers(cnn)[0]!.name], nodes: [0, 5] };
    if (engine === 'reference') return;
    const [all, part] = await Promise.all([
      eventsOf(ablate(cnn, images, chosen)),
      eventsOf(ablate(cnn, images, { ...chosen, adaptive: { confidence: 0.9, complete: true } })),
    ]);
    const changes = (events: AblationEvent[]) => nodesIn(events).map(({ change }) => change);
    expectClose(changes(part), changes(all), tolerances.double);
  });
});

describe('ablate(network, data, { adaptive }) refuses', () => {
  it.each([
    ['no confidence', { adaptive: {} }, /adaptive\.confidence: expected a number from 0\.5 to below 1 .*undefined/],
    ['certainty', { adaptive: { confidence: 1 } }, /adaptive\.confidence.*1/],
    ['a seed that is none', { adaptive: { confidence: 0.9, seed: -1 } }, /adaptive\.seed/],
    ['running estimates', { adaptive: { confidence: 0.9 }, partial: true }, /partial/],
  ])('%s', (_name, options, message) => {
    expect(() => ablate(network, data, options as Parameters<typeof ablate>[2])).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });
});
