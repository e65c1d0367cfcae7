import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { CompiledNetwork, EngineEvent } from '../../../src/engine/index.js';
import { roundSamples } from '../../../src/engine/native/floats.js';
import { nativeAddon, nativeEngine } from '../../../src/engine/native/index.js';
import { encodeNetwork } from '../../../src/engine/native/layers.js';
import {
  addonIsHere,
  collectGarbage,
  drawJob,
  drawSamples,
  head,
  longJob,
  network,
  site,
  soon,
  untilFree,
} from './support.js';

const isNode = (event: EngineEvent) => event.type === 'node';

async function readAll(stream: AsyncIterable<EngineEvent>): Promise<EngineEvent[]> {
  const events: EngineEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** Starts a long job and reads its first event. */
async function startReading(compiled: CompiledNetwork, signal?: AbortSignal) {
  const stream = compiled.ablate(longJob(signal));
  await stream.next();
  return stream;
}

describe.skipIf(!addonIsHere('the native engine streams'))('ablate() of the native engine', () => {
  const compiled = nativeEngine.compile(network, { threads: 2 });
  afterEach(async () => {
    expect(await untilFree()).toBeLessThan(soon);
  });

  it('yields baseline first, then the nodes in the order of the sweeps', async () => {
    const events = await readAll(compiled.ablate(drawJob(100, 3)));
    expect(events[0]?.type).toBe('baseline');
    const places = events.filter(isNode).map((event) => [event.sweep, event.index]);
    const expected = [0, 1, 2].flatMap((sweep) => Array.from({ length: 64 }, (_, index) => [sweep, index]));
    expect(places).toEqual(expected);
  });

  it('gives the same events whatever the number of threads', async () => {
    using alone = nativeEngine.compile(network, { threads: 1 });
    using many = nativeEngine.compile(network, { threads: 3 });
    const ofAlone = await readAll(alone.ablate(drawJob(333, 1)));
    const ofMany = await readAll(many.ablate(drawJob(333, 1)));
    expect(ofMany.filter(isNode)).toEqual(ofAlone.filter(isNode));
  });

  it('runs two jobs at once', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => readAll(compiled.ablate(drawJob(200, 2)))));
    expect(a?.filter(isNode)).toHaveLength(128);
    expect(b?.filter(isNode)).toEqual(a?.filter(isNode));
  });

  it('frees everything when the loop is left', async () => {
    for await (const event of compiled.ablate(longJob())) {
      expect(nativeAddon().liveTasks()).toBe(1);
      if (isNode(event)) break;
    }
    expect(nativeAddon().liveTasks()).toBe(0);
  });

  it('frees everything when the loop throws', async () => {
    const loop = async () => {
      for await (const event of compiled.ablate(longJob())) throw new Error(event.type);
    };
    await expect(loop()).rejects.toThrow('baseline');
    expect(nativeAddon().liveTasks()).toBe(0);
  });

  it('is over after return(), even with a next() under way', async () => {
    const stream = await startReading(compiled);
    const pending = stream.next();
    expect(await stream.return?.()).toEqual({ done: true, value: undefined });
    await pending;
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('rejects with the reason of the signal, and soon', async () => {
    const aborter = new AbortController();
    const stream = await startReading(compiled, aborter.signal);
    const reading = readAll(stream);
    const aborted = performance.now();
    aborter.abort('enough');
    await expect(reading).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' });
    expect(performance.now() - aborted).toBeLessThan(soon);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('frees everything on abort even if nobody reads on', async () => {
    const aborter = new AbortController();
    const stream = await startReading(compiled, aborter.signal);
    aborter.abort();
    expect(await untilFree()).toBeLessThan(soon);
    await expect(stream.next()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('rejects at once if the signal was aborted before', async () => {
    await expect(compiled.ablate(longJob(AbortSignal.abort())).next()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('refuses a next() before the one before it was answered', async () => {
    const stream = compiled.ablate(longJob());
    const first = stream.next();
    await expect(stream.next()).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    expect((await first).done).toBe(false);
    await stream.return?.();
  });

  it('lets a dropped stream go with the garbage collector, in spite of a living signal', async () => {
    const { signal } = new AbortController();
    await (async () => void (await startReading(compiled, signal)))();
    const deadline = performance.now() + 10_000;
    while (nativeAddon().liveTasks() > 0 && performance.now() < deadline) {
      collectGarbage();
      await sleep(5);
    }
    expect(nativeAddon().liveTasks()).toBe(0);
  });

  it('goes on when its network is disposed of', async () => {
    const own = nativeEngine.compile(network);
    const stream = own.ablate(drawJob(200, 2));
    own[Symbol.dispose]();
    expect((await readAll(stream)).filter(isNode)).toHaveLength(128);
  });

  it('never holds more events than its capacity for a slow reader', async () => {
    const addon = nativeAddon();
    const { samples, sweeps } = longJob();
    const handle = addon.compile(encodeNetwork(network));
    const where = { loss: head.loss, layer: head.scores };
    const { targets } = samples;
    const job = {
      samples: roundSamples(samples),
      targets,
      head: where,
      sweeps,
      partial: false,
      blocks: false,
      perClass: false,
    };
    const task = addon.ablate(handle, job, { threads: 2, memory: 2 ** 26 });
    const { capacity } = addon.info();
    const deadline = performance.now() + 10_000;
    while (addon.backlog(task) < capacity && performance.now() < deadline) await sleep(5);
    await sleep(50);
    expect(addon.backlog(task)).toBe(capacity);
    addon.cancel(task);
    expect(addon.backlog(task)).toBe(0);
  });
});

describe.skipIf(!addonIsHere('questions to the native engine'))('a network compiled by the native engine', () => {
  const samples = drawSamples(700);

  it('gives outputs, an evaluation that adds up over the classes, and sums', async () => {
    using compiled = nativeEngine.compile(network);
    const outputs = await compiled.forward(samples, { layer: site });
    expect(outputs).toHaveLength(700 * 64);
    const { lossSum, correct, perClass } = await compiled.evaluate(samples, head);
    expect(perClass.reduce((sum, row) => sum + row.samples, 0)).toBe(700);
    expect(perClass.reduce((sum, row) => sum + row.correct, 0)).toBe(correct);
    expect(Number.isFinite(lossSum)).toBe(true);
    const [sums] = await compiled.activationSums(samples, [site]);
    expect(sums).toMatchObject({ count: 700, sum: { length: 64 }, zeros: { length: 64 } });
  });

  it('rejects every question with ERR_ABORTED once the signal is aborted', async () => {
    using compiled = nativeEngine.compile(network);
    const signal = AbortSignal.abort('no');
    const aborted = { code: 'ERR_ABORTED', cause: 'no' };
    await expect(compiled.forward(samples, { signal })).rejects.toMatchObject(aborted);
    await expect(compiled.evaluate(samples, head, { signal })).rejects.toMatchObject(aborted);
    await expect(compiled.activationSums(samples, [site], { signal })).rejects.toMatchObject(aborted);
  });

  it('is stopped in the middle of a long question by its signal', async () => {
    using compiled = nativeEngine.compile(network, { threads: 1 });
    const aborter = new AbortController();
    const count = 1_000_000;
    const many = { x: new Float32Array(12 * count), targets: new Int32Array(count), count, scale: 1 };
    const asked = compiled.evaluate(many, head, { signal: aborter.signal });
    const aborted = performance.now();
    aborter.abort();
    await expect(asked).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(performance.now() - aborted).toBeLessThan(soon);
    expect(nativeAddon().liveTasks()).toBe(0);
  });

  it('refuses everything after its disposal, which may come twice', async () => {
    const compiled = nativeEngine.compile(network);
    compiled[Symbol.dispose]();
    compiled[Symbol.dispose]();
    const disposed = { code: 'ERR_ARGUMENT' };
    await expect(compiled.forward(samples)).rejects.toMatchObject(disposed);
    await expect(compiled.evaluate(samples, head)).rejects.toMatchObject(disposed);
    await expect(compiled.activationSums(samples, [site])).rejects.toMatchObject(disposed);
    expect(() => compiled.ablate(drawJob(10, 1))).toThrow('disposed');
  });

  it('fails with ERR_LIMIT and a hint where the memory does not suffice', async () => {
    using compiled = nativeEngine.compile(network, { memory: 1 });
    const limited = { code: 'ERR_LIMIT', hint: expect.stringContaining('memory') };
    await expect(compiled.ablate(drawJob(100, 1)).next()).rejects.toMatchObject(limited);
    await expect(compiled.evaluate(samples, head)).rejects.toMatchObject(limited);
  });

  it('refuses threads and memory that are no positive integers', () => {
    for (const options of [{ threads: 0 }, { threads: 1.5 }, { memory: -1 }, { memory: Number.NaN }]) {
      expect(() => nativeEngine.compile(network, options)).toThrow(/positive integer/);
    }
  });
});
