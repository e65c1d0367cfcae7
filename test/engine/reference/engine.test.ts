import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type AblationJob, type EngineEvent, sampleBlock } from '../../../src/engine/engine.js';
import { referenceEngine } from '../../../src/engine/reference/index.js';
import {
  createNetwork,
  initialize,
  type LayerId,
  lossHead,
  type Network,
  presets,
} from '../../../src/network/index.js';
import { tensor } from '../../../src/tensor/tensor.js';
import { SecateurError } from '../../../src/util/errors.js';
import { randomData, randomNetwork } from '../../support/randomNetwork.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

/** Two units `2x` and `-x` behind relu, then the logits `[h0 + h1, 0]`. */
const twoUnits = createNetwork({
  layers: [
    { name: 'input', kind: 'input', config: { shape: [1] } },
    {
      name: 'hidden',
      kind: 'dense',
      config: { units: 2 },
      weights: { kernel: tensor([1, 2], Float32Array.of(2, -1)) },
    },
    { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
    {
      name: 'logits',
      kind: 'dense',
      config: { units: 2 },
      weights: { kernel: tensor([2, 2], Float32Array.of(1, 0, 1, 0)) },
    },
    { name: 'softmax', kind: 'activation', config: { fn: 'softmax' } },
  ],
});
const hidden = 1 as LayerId;

/** Samples 1, -1 and 0 with labels 0, 1 and 0. */
const threeSamples = {
  x: Float32Array.of(1, -1, 0),
  count: 3,
  scale: 1,
  targets: Int32Array.of(0, 1, 0),
};
const head = lossHead(twoUnits, threeSamples.targets);
const softplus = (x: number): number => Math.log(1 + Math.exp(x));

async function eventsOf(network: Network, job: AblationJob): Promise<EngineEvent[]> {
  using compiled = referenceEngine.compile(network);
  const events: EngineEvent[] = [];
  for await (const event of compiled.ablate(job)) events.push(event);
  return events;
}

async function rejection(run: Promise<unknown>): Promise<SecateurError> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SecateurError) return error;
  throw new Error(`expected a SecateurError, not ${error}`);
}

describe('sums by hand', () => {
  const compiled = referenceEngine.compile(twoUnits);

  test('evaluate sums losses and right answers, and splits them by class', async () => {
    // Logits [2, 0], [1, 0], [0, 0]: losses softplus(-2), softplus(1), softplus(0); right, wrong, right by the tie.
    const { lossSum, correct, perClass } = await compiled.evaluate(threeSamples, head);
    expectClose([lossSum], [softplus(-2) + softplus(1) + softplus(0)], tolerances.elementary);
    expect(correct).toBe(2);
    expect(perClass.map((own) => [own.samples, own.correct])).toEqual([
      [2, 2],
      [1, 0],
    ]);
    expectClose([perClass[1]?.lossSum ?? 0], [softplus(1)], tolerances.elementary);
  });

  test('ablate replaces the channel of the site and measures what follows', async () => {
    const sweeps = [{ site: hidden, nodes: Uint32Array.of(1, 0), values: Float32Array.of(0, -5) }];
    const events = await eventsOf(twoUnits, { samples: threeSamples, head, sweeps, partial: false });
    const nodes = events.filter((event) => event.type === 'node');
    // Intact the logits are [2, 0], [1, 0], [0, 0]: all three say class 0, and go on to do so.
    expect(nodes.map(({ sweep, index, correct, flips }) => [sweep, index, correct, flips])).toEqual([
      [0, 0, 2, 0],
      [0, 1, 2, 0],
    ]);
    // Without unit 1 the logits are [2, 0], [0, 0], [0, 0]; without unit 0 they are [0, 0], [1, 0], [0, 0].
    const expected = [softplus(-2) + 2 * softplus(0), 2 * softplus(0) + softplus(1)];
    expectClose(
      nodes.map((event) => event.lossSum),
      expected,
      tolerances.elementary,
    );
  });

  test('activation sums are taken over samples; forward stops at the asked layer', async () => {
    const [sums] = await compiled.activationSums(threeSamples, [2 as LayerId]);
    expectClose(sums?.sum ?? [], [2, 1], tolerances.elementary);
    expect(sums?.count).toBe(3);
    expect([...(await compiled.forward(threeSamples, { layer: hidden }))]).toEqual([2, -1, -2, 1, 0, 0]);
  });

  test('bytes are multiplied by scale', async () => {
    const bytes = { x: Uint8Array.of(0, 128, 255), count: 3, scale: 1 / 255 };
    const output = await compiled.forward(bytes, { layer: hidden });
    expectClose(output, [0, 0, 256 / 255, -128 / 255, 2, -1], tolerances.stored);
  });

  test('a cut that the scores do not depend on changes nothing', async () => {
    const sweeps = [{ site: twoUnits.output, nodes: Uint32Array.of(0), values: Float32Array.of(9) }];
    const events = await eventsOf(twoUnits, { samples: threeSamples, head, sweeps, partial: false });
    const { lossSum } = await compiled.evaluate(threeSamples, head);
    expect(events.find((event) => event.type === 'node')).toMatchObject({ lossSum, correct: 2 });
  });
});

/** Of the mean of block means, by the differences of all pairs; `sums` are the sums of full blocks. */
function standardError(sums: readonly number[]): number {
  const means = sums.map((sum) => sum / sampleBlock);
  const n = means.length;
  const squares = means.flatMap((a) => means.map((b) => (a - b) ** 2)).reduce((a, b) => a + b, 0);
  return Math.sqrt(squares / 2 / (n * n * (n - 1)));
}

describe('the stream', () => {
  const network = randomNetwork(3, { include: ['conv2d'], loss: 'crossentropy' });
  const count = 3 * sampleBlock + 5;
  const data = randomData(network, 4, { count });
  const sweeps = [1, network.layers.length - 3].map((site) => {
    const channels = network.layers[site]?.outputShape.at(-1) ?? 0;
    return {
      site: site as LayerId,
      nodes: Uint32Array.from({ length: channels }, (_, i) => i),
      values: new Float32Array(channels),
    };
  });
  const job: AblationJob = { samples: data, head: data.head, sweeps, partial: true };

  test('the baseline comes first, progress grows to the number of samples', async () => {
    const events = await eventsOf(network, job);
    expect(events[0]?.type).toBe('baseline');
    const done = events.flatMap((event) => (event.type === 'progress' ? [event.done] : []));
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(count);
  });

  test('partial estimates come from the blocks so far', async () => {
    const events = await eventsOf(network, job);
    const blocks = [0, 1, 2].map((b) => b * sampleBlock);
    const size = data.x.length / count;
    const changes: number[] = [];
    for (const from of blocks) {
      const part = {
        ...data,
        count: sampleBlock,
        x: data.x.slice(from * size, (from + sampleBlock) * size),
        targets: data.targets.slice(from, from + sampleBlock),
      };
      const [baseline, node] = (await eventsOf(network, { ...job, samples: part, partial: false })).filter(
        (event) => event.type === 'baseline' || event.type === 'node',
      );
      changes.push((baseline?.lossSum ?? 0) - (node?.lossSum ?? 0));
    }
    const first = events.filter((event) => event.type === 'partial').filter((event) => event.sweep + event.index === 0);
    expect(first.map(({ samples }) => samples)).toEqual([1, 2, 3].map((n) => n * sampleBlock));
    expect(first[0]?.standardError).toBeNull();
    for (const [i, event] of first.entries()) {
      const seen = changes.slice(0, i + 1);
      expectClose([event.changeSum], [seen.reduce((a, b) => a + b, 0)], tolerances.double);
      if (i > 0) expectClose([event.standardError ?? 0], [standardError(seen)], tolerances.double);
    }
  });

  test('partial estimates change no result and come only when asked for', async () => {
    const final = (events: readonly EngineEvent[]) => events.filter(({ type }) => type !== 'progress');
    const loud = (await eventsOf(network, job)).filter(({ type }) => type !== 'partial');
    expect(final(await eventsOf(network, { ...job, partial: false }))).toEqual(final(loud));
  });

  test('leaving the loop early ends the iterator', async () => {
    using compiled = referenceEngine.compile(network);
    const events = compiled.ablate(job);
    for await (const event of events) if (event.type === 'baseline') break;
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });
});

describe('long runs', () => {
  const network = initialize(presets.multi([28, 28], 10), { seed: 1 });
  const count = 4096;
  const samples = {
    x: new Uint8Array(count * 784).fill(7),
    count,
    scale: 1 / 255,
    targets: new Int32Array(count),
  };
  const sweeps = [
    { site: 2 as LayerId, nodes: Uint32Array.from({ length: 128 }, (_, i) => i), values: new Float32Array(128) },
  ];
  const digitsHead = lossHead(network, samples.targets);

  const runs = {
    forward: (signal) => compiled().forward(samples, { signal }),
    evaluate: (signal) => compiled().evaluate(samples, digitsHead, { signal }),
    activationSums: (signal) => compiled().activationSums(samples, [2 as LayerId], { signal }),
    ablate: (signal) => eventsOf(network, { samples, head: digitsHead, sweeps, partial: false, signal }),
  } as const satisfies Record<string, (signal: AbortSignal) => Promise<unknown>>;
  const compiled = () => referenceEngine.compile(network);
  const names = Object.keys(runs) as (keyof typeof runs)[];

  test.each(names)('%s stops within 50 ms of an abort', async (name) => {
    const controller = new AbortController();
    const outcome = rejection(runs[name](controller.signal));
    await sleep(30);
    const aborted = performance.now();
    controller.abort('enough');
    const error = await outcome;
    expect(performance.now() - aborted).toBeLessThan(50);
    expect([error.code, error.cause]).toEqual(['ERR_ABORTED', 'enough']);
  });

  test.each(names)('%s does nothing for a signal that was aborted before', async (name) => {
    expect((await rejection(runs[name](AbortSignal.abort()))).code).toBe('ERR_ABORTED');
  });

  test('progress comes again and again, not more than ten times a second', async () => {
    const job = { samples: { ...samples, count: 256 }, head: digitsHead, sweeps, partial: false };
    const started = performance.now();
    const events = await eventsOf(network, job);
    const seconds = (performance.now() - started) / 1000;
    const done = events.flatMap((event) => (event.type === 'progress' ? [event.done] : []));
    expect(done.length).toBeGreaterThan(2);
    expect(done.length).toBeLessThanOrEqual(10 * seconds + 1);
    expect(done.at(-1)).toBe(256);
  });

  test('timers of the program run meanwhile', async () => {
    const controller = new AbortController();
    const outcome = rejection(runs.ablate(controller.signal));
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
      if (ticks === 3) controller.abort();
    }, 1);
    await outcome;
    clearInterval(timer);
    expect(ticks).toBe(3);
  });
});

describe('disposal', () => {
  const network = twoUnits;
  const compiled = referenceEngine.compile(network);
  compiled[Symbol.dispose]();
  const used = expect.objectContaining({ code: 'ERR_ARGUMENT', message: 'the compiled network was disposed of' });

  test('every method of a disposed network throws', async () => {
    await expect(compiled.forward(threeSamples)).rejects.toEqual(used);
    await expect(compiled.evaluate(threeSamples, head)).rejects.toEqual(used);
    await expect(compiled.activationSums(threeSamples, [hidden])).rejects.toEqual(used);
    expect(() => compiled.ablate({ samples: threeSamples, head, sweeps: [], partial: false })).toThrow(used);
  });

  test('disposing twice is no error', () => {
    expect(() => compiled[Symbol.dispose]()).not.toThrow();
  });
});
