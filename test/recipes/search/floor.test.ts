import { describe, expect, test } from 'vitest';
import { dropBound, fixedSequence, type Paired } from '../../../src/recipes/search/floor.js';
import { createRandom } from '../../../src/util/random.js';
import { trinomial } from '../../support/trinomial.js';

describe('the bound for the accuracy that is lost', () => {
  test.each([
    6, 15, 24,
  ])('of %i samples is too low no more often than the confidence says, whatever is gained', (samples) => {
    for (const confidence of [0.9, 0.5]) {
      for (const drop of [0, 0.05, 0.3]) {
        for (let gains = 0; 2 * gains + drop <= 1; gains += 0.06) {
          let wrong = 0;
          for (let lost = 0; lost <= samples; lost++) {
            for (let gained = 0; lost + gained <= samples; gained++) {
              const claims = dropBound({ samples, lost, gained }, confidence) < drop;
              if (claims) wrong += trinomial(samples, [lost, gained], [drop + gains, gains]);
            }
          }
          expect(wrong).toBeLessThanOrEqual(1 - confidence);
        }
      }
    }
  });

  test('without a changed answer is what so many samples can tell, and falls with what is gained', () => {
    expect(dropBound({ samples: 300, lost: 0, gained: 0 }, 0.95)).toBeCloseTo(1 - 0.025 ** (1 / 300), 12);
    const bounds = [0, 5, 20].map((gained) => dropBound({ samples: 300, lost: 10, gained }, 0.95));
    expect(bounds).toEqual([...bounds].sort((a, b) => b - a));
    expect(new Set(bounds).size).toBe(3);
  });
});

describe('the fixed sequence', () => {
  const goal = { drop: 0.05, confidence: 0.9 };
  const held = async (order: readonly Paired[]): Promise<boolean[]> => {
    const found: boolean[] = [];
    for await (const { holds } of fixedSequence(order, (paired) => paired, goal)) found.push(holds);
    return found;
  };

  test('ends at the first that fails, although a later one might hold', async () => {
    const good = { samples: 500, lost: 2, gained: 1 };
    expect(await held([good, good, { ...good, lost: 60 }, good])).toEqual([true, true, false]);
  });

  test('makes a false claim in no more runs than the confidence says', async () => {
    // Ever smaller networks lose what those before lost, and more; from the third on they lose more than the floor allows.
    const drops = [0.01, 0.03, 0.051, 0.055, 0.06, 0.08];
    const [runs, samples] = [1500, 250];
    const random = createRandom(7);
    let [wrong, useful] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const draws = Array.from({ length: samples }, () => random.uniform());
      const order = drops.map((drop) => ({
        samples,
        // Of each network's changed answers a fifth are gained.
        lost: draws.filter((draw) => draw < (drop * 4) / 3).length,
        gained: draws.filter((draw) => draw > 1 - drop / 3).length,
      }));
      const last = (await held(order)).lastIndexOf(true);
      if (last >= 2) wrong += 1;
      if (last >= 0) useful += 1;
    }
    const allowed = 1 - goal.confidence;
    expect(wrong / runs).toBeLessThanOrEqual(allowed + 3 * Math.sqrt((allowed * (1 - allowed)) / runs));
    expect(wrong).toBeGreaterThan(0);
    expect(useful / runs).toBeGreaterThan(0.5);
  });
});
