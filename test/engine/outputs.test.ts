import { describe, expect, it } from 'vitest';
import { agreements, agrees, forwardAll, worstOf } from '../../src/engine/outputs.js';
import { ablate, evaluate, withOutput } from '../../src/index.js';
import { layerAt } from '../../src/network/index.js';
import { judges } from '../support/engines.js';
import { naivePass } from '../support/naive.js';
import { expectClose, largest } from '../support/tolerance.js';
import { twoHeads } from '../support/twoHeads.js';

const network = twoHeads();
const samples = { x: Float32Array.from({ length: 5 * 72 }, (_, i) => Math.sin(i)), count: 5, scale: 1 };

describe.for(judges)('$engine.name', ({ engine, outputs, loss }) => {
  it('computes all outputs, in their order', async () => {
    using compiled = engine.compile(network);
    const found = await forwardAll(compiled, samples);
    for (const [i, id] of network.outputs.entries()) {
      const expected = [0, 1, 2, 3, 4].flatMap((sample) => [
        ...(naivePass(network, samples, sample)[id] as Float64Array),
      ]);
      expectClose(found[i]!, expected, outputs(network, largest(expected)), layerAt(network, id).name);
    }
  });

  it('measures and ablates at the output that is chosen', async () => {
    const chosen = withOutput(network, 'classes/activation');
    const data = { x: samples.x, y: Int32Array.of(0, 1, 2, 0, 1) };
    const [intact, reference] = await Promise.all(
      [engine.name, 'reference' as const].map((name) => evaluate(chosen, data, { engine: name })),
    );
    expectClose([intact!.loss], [reference!.loss], loss);
    const ablated = new Set<string>();
    for await (const event of ablate(chosen, data, { engine: engine.name })) {
      if (event.type === 'node') ablated.add(event.layer);
    }
    expect([...ablated]).toEqual(['a', 'h']);
  });
});

describe('worstOf(agreements)', () => {
  const row = (...values: number[]) => Float32Array.from(values);
  it('is the output that is nearest to its own tolerance, not the largest', () => {
    const found = agreements([row(1000), row(1)], [row(1001), row(1.5)], [row(2000), row(2)]);
    expect(found[0]!.tolerance).toBe(1000 * found[1]!.tolerance);
    expect(worstOf(found)).toBe(found[1]);
  });

  it('is one that does not agree wherever one does not: beyond, no number, or missing', () => {
    for (const others of [[row(1), row(9)], [row(1), row(Number.NaN)], [row(1)]]) {
      expect(agrees(worstOf(agreements([row(1), row(1)], others, [row(2), row(2)])))).toBe(false);
    }
    expect(agrees(worstOf(agreements([row(1), row(1)], [row(1), row(1)], [row(1), row(1)])))).toBe(true);
  });
});
