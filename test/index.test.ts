import { describe, expect, test } from 'vitest';
import * as library from '../src/index.js';

// What TypeScript does not let through, plain JavaScript hands over.
const { ablate, createPlan, denseNetwork, evaluate, initialize, saveModel, scores } = library as unknown as Record<
  string,
  // biome-ignore lint/suspicious/noExplicitAny: any value may come from JavaScript
  (...args: any[]) => any
>;
const draft = denseNetwork!([4], [5, 3], 3);
const network = initialize!(draft, { seed: 1 });
const data = { x: new Float32Array(40), y: new Int32Array(10) };

describe('called from JavaScript', () => {
  test.each<[what: string, call: () => unknown, hint: RegExp | undefined]>([
    ['ablate without a network', () => ablate!(null, data).collect(), /loadModel/],
    ['ablate with a network without weights', () => ablate!(draft, data).collect(), /initialize/],
    ['ablate without samples', () => ablate!(network, null).collect(), undefined],
    ['ablate with one name', () => ablate!(network, data, { layers: 'dense_1' }).collect(), undefined],
    ['evaluate without samples', () => evaluate!(network, undefined), undefined],
    ['scores without a network', () => scores!({}, data, { criterion: 'l1' }).collect(), /loadModel/],
    ['createPlan without nodes', () => createPlan!(network, null), /dense_1/],
    ['createPlan with a number for a list', () => createPlan!(network, { dense_1: 3 }), /dense_1/],
    ['saveModel without a network', () => saveModel!(undefined, 'model.onnx'), /loadModel/],
    ['saveModel without a path', () => saveModel!(network), undefined],
  ])('%s says what is wrong', async (_what, call, hint) => {
    const error = await (async () => await call())().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(library.SecateurError);
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringContaining('expected') });
    if (hint) expect((error as library.SecateurError).hint).toMatch(hint);
  });
});
