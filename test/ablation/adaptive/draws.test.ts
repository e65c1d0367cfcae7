import { describe, expect, test } from 'vitest';
import { drawBlocks } from '../../../src/ablation/adaptive/draws.js';
import { sampleBlock } from '../../../src/engine/index.js';
import { createRandom } from '../../../src/util/random.js';

const random = createRandom(5);
const drawLosses = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.uniform() ** 4);

const membersOf = (draws: ReturnType<typeof drawBlocks>, stratum: number): number[] =>
  draws.looks.flat().flatMap((block) => (block.stratum === stratum ? [...block.samples] : []));

describe.each([640, 1000, 3333, 20_000])('drawBlocks(losses, seed) of %i samples', (count) => {
  const losses = drawLosses(count);
  const draws = drawBlocks(losses, 1);
  const { looks, population } = draws;

  test('has every sample in one look', () => {
    const drawn = looks.flat().flatMap(({ samples }) => [...samples]);
    expect(drawn.sort((a, b) => a - b)).toEqual([...losses.keys()]);
  });

  test('has strata of falling loss, the hardest at least a twentieth and whole in the first look', () => {
    let before = Number.POSITIVE_INFINITY;
    for (const stratum of population.keys()) {
      const own = membersOf(draws, stratum).map((sample) => losses[sample]!);
      expect(Math.max(...own)).toBeLessThanOrEqual(before);
      before = Math.min(before, ...own);
    }
    const hardest = membersOf(draws, 0).length;
    expect(hardest).toBeGreaterThanOrEqual(count / 20);
    expect(membersOf({ ...draws, looks: looks.slice(0, 1) }, 0)).toHaveLength(hardest);
  });

  test('counts the blocks of each stratum, all whole but the last of the first look', () => {
    const blocks = looks.flat();
    expect(population).toEqual([...population.keys()].map((s) => blocks.filter(({ stratum }) => stratum === s).length));
    const short = blocks.filter(({ samples }) => samples.length !== sampleBlock);
    expect(short).toEqual(count % sampleBlock === 0 ? [] : [looks[0]!.at(-1)]);
  });

  test('doubles with every look what was drawn of a stratum, until it is exhausted', () => {
    for (const [stratum, all] of population.entries()) {
      if (stratum === 0) continue;
      let drawn = 0;
      for (const [i, look] of looks.entries()) {
        drawn += look.filter((block) => block.stratum === stratum).length;
        expect(drawn).toBe(Math.min(all, 4 * 2 ** i));
      }
    }
  });

  test('is the same for the same seed, and another for another', () => {
    expect(drawBlocks(losses, 1)).toEqual(draws);
    expect(drawBlocks(losses, 2)).not.toEqual(draws);
  });
});

test('too few samples to draw from are one look', () => {
  for (const count of [1, 63, 64, 639]) {
    const { looks, population } = drawBlocks(drawLosses(count), 0);
    expect(looks).toHaveLength(1);
    expect(population).toEqual([Math.ceil(count / sampleBlock)]);
  }
});
