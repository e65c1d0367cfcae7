import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadModel, nodeCount, saveModel } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { twoHeads } from '../support/twoHeads.js';
import { writeSamples } from './fixtures.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const head = ['--head', 'classes/activation'];

beforeAll(async () => {
  for (const name of ['heads', 'heads.onnx']) await saveModel(twoHeads(), at(name));
  await writeSamples(at('images.npz'), [6, 6, 2], 12, 3);
  await writeSamples(at('channels-first.npz'), [2, 6, 6], 12, 3);
});

const data = ['--data', at('images.npz')];

describe('a model with two outputs', () => {
  test('is inspected with both', async () => {
    expect((await cli(['inspect', at('heads')])).stdout).toMatch(/\noutputs: map, classes\/activation\n$/);
  });

  test('is evaluated at the one that is named', async () => {
    const { code, stdout, stderr } = await cli(['evaluate', at('heads'), ...data, ...head, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).perClass.length).toBe(3);
  });

  test('is evaluated at the first by default, which is said', async () => {
    const { code, stderr } = await cli(['evaluate', at('heads'), ...data]);
    expect(stderr).toMatch(/notice: .* is measured at its output "map"; --head names another: classes\/activation\n/);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/y: expected 12 x 16 targets/)]);
  });

  test('refuses an output that it does not have', async () => {
    const { code, stderr } = await cli(['ablate', at('heads'), ...data, '--head', 'h']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/the network has no output "h"\n.*its outputs: map, classes\/activation/);
  });

  test.each(['small', 'small.onnx', 'small.keras'])('is pruned to %s, which proves both outputs', async (out) => {
    const onnx = out === 'small.onnx';
    const own = onnx ? ['--data', at('channels-first.npz')] : data;
    const flags = [...head, '--criterion', 'taylor', '--amount', '0.5', ...own];
    const from = at(onnx ? 'heads.onnx' : 'heads');
    expect(await cli(['prune', from, ...flags, '--out', at(out), '--quiet'])).toMatchObject({ code: 0, stderr: '' });
    const { layers, outputs } = await loadModel(at(out));
    expect(
      layers
        .map(nodeCount)
        .filter((count) => count > 0)
        .sort(),
    ).toEqual([3, 3, 4, 4]);
    expect(outputs.length).toBe(2);
    const verify = (...more: string[]) => cli(['verify', from, at(out), at(`${out}.plan.json`), ...more]);
    expect((await verify(...head, ...own)).code).toBe(0);
    expect((await verify('--quiet')).code).toBe(0);
  });
});
