import { describe, expect, it } from 'vitest';
import { fromArtifacts, type TfjsArtifacts, toArtifacts } from '../../../src/formats/index.js';
import { layerKinds } from '../../../src/network/index.js';
import { SecateurError } from '../../../src/util/errors.js';
import { createRandom, type Random } from '../../../src/util/random.js';
import { pick } from '../../support/draft.js';
import { isExpressible } from '../../support/expressible.js';
import { randomNetwork } from '../../support/randomNetwork.js';

/** What a file may hold in any place. */
const junk = [
  null,
  true,
  '',
  'x',
  '__proto__',
  'constructor',
  -1,
  0,
  0.5,
  1e9,
  2 ** 53,
  [],
  [[]],
  {},
  [null],
  [-1, 1e9],
];

type Container = Record<string, unknown>;
type Place = { readonly container: Container; readonly key: string };

/** Every place in a JSON value. */
function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const container = value as Container;
  return Object.keys(container).flatMap((key) => [{ container, key }, ...placesOf(container[key])]);
}

/** Changes, removes or copies something in the description of a model, once or twice. */
function mutate(artifacts: TfjsArtifacts, random: Random): TfjsArtifacts {
  const { modelTopology, weightSpecs, trainingConfig } = artifacts;
  const description = structuredClone({ modelTopology, weightSpecs, trainingConfig }) as Container;
  for (let i = 0; i <= random.integer(1); i++) {
    const places = placesOf(description);
    const [to, from] = [pick(random, places), pick(random, places)];
    const change = random.integer(2);
    if (change === 0) to.container[to.key] = pick(random, junk);
    else if (change === 1) delete to.container[to.key];
    else to.container[to.key] = structuredClone(from.container[from.key]);
  }
  const read = JSON.parse(JSON.stringify(description)) as Container;
  return { ...read, weightData: artifacts.weightData } as TfjsArtifacts;
}

describe('fromArtifacts(artifacts) of damaged models', () => {
  for (const [i, kind] of layerKinds.entries()) {
    it(`reads or refuses models with ${kind}, and never fails in another way`, () => {
      const random = createRandom(0x40 + i);
      const whole = toArtifacts(randomNetwork(0x40 + i, { include: [kind], allow: isExpressible }));
      let refused = 0;
      for (let round = 0; round < 200; round++) {
        const damaged = mutate(whole, random);
        try {
          fromArtifacts(damaged);
        } catch (error) {
          refused += 1;
          expect(error, JSON.stringify(damaged.modelTopology)).toBeInstanceOf(SecateurError);
        }
      }
      expect(refused).toBeGreaterThan(0);
    });
  }
});
