import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AblateOptions,
  type AblationEvent,
  ablate,
  ablateCumulative,
  ablateGroups,
  ablatePairs,
  type CumulativeEvent,
  type GroupsEvent,
  type MeasureOptions,
  type PairsEvent,
} from '../../src/ablation/index.js';
import { hiddenLayers } from '../../src/network/index.js';
import { judges } from '../support/engines.js';
import { randomData, randomNetwork } from '../support/randomNetwork.js';

const network = randomNetwork(71, { include: ['conv2d', 'dense'], loss: 'crossentropy' });
const samples = randomData(network, 72, { count: 200 });
const data = { x: samples.x, y: samples.targets, scale: samples.scale };

const [layer, other] = hiddenLayers(network);
const order = [layer!, other!].flatMap(({ name }) => [0, 1].map((node) => ({ layer: name, node })));
const half = { x: samples.x.slice(0, (samples.x.length * 130) / 200), y: samples.targets.slice(0, 130) };
type SetsEvent = GroupsEvent | PairsEvent | CumulativeEvent;
const adaptive = { confidence: 0.9, complete: true };
const otherRuns: Record<string, (options: MeasureOptions) => AsyncIterable<AblationEvent | SetsEvent>> = {
  groups: (options) => ablateGroups(network, half, [[{ layer: layer!.name, nodes: [0, 1] }], []], options),
  pairs: (options) => ablatePairs(network, half, { layer: other!.name, nodes: [0, 1, 2], ...options }),
  removals: (options) => ablateCumulative(network, half, order, { cut: 'mean', ...options }),
  'classes from part of the samples': (options) => ablate(network, half, { adaptive, ...options }),
};

const folder = mkdtempSync(join(tmpdir(), 'secateur-'));
const path = join(folder, 'journal');
beforeEach(() => rmSync(path, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a run tells, but for the times. */
async function heard<Event extends { readonly type: string }>(run: AsyncIterable<Event>): Promise<unknown[]> {
  const told: Event[] = [];
  for await (const event of run) told.push(event);
  return told.filter(({ type }) => type !== 'progress').map((event) => ({ ...event, seconds: 0 }));
}
const tell = (options: AblateOptions, of = data): Promise<unknown[]> => heard(ablate(network, of, options));

describe.each(judges.map(({ engine }) => engine.name))('%s', (engine) => {
  test.each([
    'weights',
    'mean',
  ] as const)('a journaled run cut at %s ends as any other, wherever it was killed', async (cut) => {
    const undisturbed = await tell({ engine, cut });
    expect(await tell({ engine, cut, journal: path })).toEqual(undisturbed);
    const whole = readFileSync(path);
    const ends = [...whole.keys()].filter((i) => whole[i] === 10);
    expect(ends.length).toBeGreaterThan(5);
    for (const end of ends) {
      writeFileSync(path, whole.subarray(0, end + 1 + (end % 3) * 7));
      expect(await tell({ engine, cut, journal: path })).toEqual(undisturbed);
    }
  });

  test.each(Object.keys(otherRuns))('a journaled run of %s ends as any other, wherever it was killed', async (of) => {
    const run = (options: MeasureOptions) => heard<AblationEvent | SetsEvent>(otherRuns[of]!({ engine, ...options }));
    const undisturbed = await run({});
    expect(await run({ journal: path })).toEqual(undisturbed);
    const whole = readFileSync(path);
    const ends = [...whole.keys()].filter((i) => whole[i] === 10);
    expect(ends.length).toBeGreaterThan(2);
    for (const end of ends) {
      writeFileSync(path, whole.subarray(0, end + 1 + (end % 3) * 7));
      expect(await run({ journal: path, threads: 3, memory: 64 * 2 ** 20 })).toEqual(undisturbed);
    }
  });

  test('a run that was left or aborted goes on, with other threads and memory too', async () => {
    const undisturbed = await tell({ engine });
    for await (const { type } of ablate(network, data, { engine, journal: path })) if (type === 'layer') break;
    const left = readFileSync(path).length;
    const controller = new AbortController();
    const aborted = (async () => {
      for await (const { type } of ablate(network, data, { engine, journal: path, signal: controller.signal })) {
        if (type === 'node') controller.abort();
      }
    })();
    await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED', hint: expect.stringMatching(/goes on/) });
    expect(readFileSync(path).length).toBeGreaterThanOrEqual(left);
    const settings = { engine, journal: path, threads: 3, memory: 64 * 2 ** 20 };
    expect(await tell(settings)).toEqual(undisturbed);
  });

  test('a run that is done is told again without computing', async () => {
    const undisturbed = await tell({ engine, journal: path });
    const whole = readFileSync(path);
    expect(await tell({ engine, journal: path })).toEqual(undisturbed);
    expect(readFileSync(path)).toEqual(whole);
  });
});

test('the journal of another run is refused', async () => {
  const engine = 'reference';
  const few = { ...data, x: samples.x.slice(0, samples.x.length / 4), y: samples.targets.slice(0, 50) };
  await tell({ engine, journal: path }, few);
  const other = { ...few, scale: 2 * samples.scale };
  await expect(tell({ engine, journal: path }, other)).rejects.toThrow(/another data$/);
  await expect(tell({ engine, journal: path, cut: 'zero' }, few)).rejects.toThrow(/another cut$/);
  await expect(tell({ engine, journal: path, nodes: [0] }, few)).rejects.toThrow(/another nodes$/);
});

test('the journal of another kind of run is refused', async () => {
  const engine = 'reference';
  const few = { ...data, x: samples.x.slice(0, samples.x.length / 4), y: samples.targets.slice(0, 50) };
  const of = (nodes: number[]) =>
    ablateGroups(network, few, [[{ layer: layer!.name, nodes }]], { engine, journal: path }).collect();
  await of([0]);
  await expect(of([1])).rejects.toThrow(/another nodes$/);
  await expect(tell({ engine, journal: path }, few)).rejects.toThrow(/another command, nodes$/);
});

test('running estimates and numbers for each class are not journaled', () => {
  for (const options of [{ partial: true }, { perClass: true }, { journal: '' }]) {
    expect(() => ablate(network, data, { journal: path, ...options })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT' }),
    );
  }
});
