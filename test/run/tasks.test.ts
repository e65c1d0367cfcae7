import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runTasks } from '../../src/run/index.js';

const never = new AbortController().signal;

async function ended<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

describe('runTasks', () => {
  test('gives results as they end, with the places of their tasks', async () => {
    const results = await ended(
      runTasks([40, 1, 20], (pause) => setTimeout(pause, `after ${pause}`), { jobs: 3, signal: never }),
    );
    expect(results).toEqual([
      { index: 1, result: 'after 1' },
      { index: 2, result: 'after 20' },
      { index: 0, result: 'after 40' },
    ]);
  });

  test.each([1, 2, 3])('runs at most %i at a time, and as many while there are tasks', async (jobs) => {
    let [running, most] = [0, 0];
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await setTimeout(2);
      running--;
    };
    await ended(runTasks([1, 2, 3, 4, 5], work, { jobs, signal: never }));
    expect(most).toBe(jobs);
  });

  test('starts nothing after a failure or after the reader has left', async () => {
    const begun: number[] = [];
    const work = async (task: number): Promise<number> => {
      begun.push(task);
      if (task === 1) throw new Error('task 1');
      return task;
    };
    await expect(ended(runTasks([0, 1, 2, 3], work, { jobs: 1, signal: never }))).rejects.toThrow('task 1');
    expect(begun).toEqual([0, 1]);
    for await (const _ of runTasks([4, 5, 6], work, { jobs: 1, signal: never })) break;
    expect(begun).toEqual([0, 1, 4]);
  });

  test('is over at once when it is aborted, whatever runs', async () => {
    const signal = AbortSignal.timeout(10);
    const results = ended(runTasks([1], () => new Promise(() => {}), { jobs: 1, signal }));
    await expect(results).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });
});
