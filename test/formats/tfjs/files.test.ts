import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadModel, saveModel } from '../../../src/formats/index.js';
import { denseNetwork, initialize, type Network } from '../../../src/network/index.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const network = (seed: number, hidden = [3]): Network => initialize(denseNetwork([4], hidden, 2), { seed });
const shardsIn = async (path: string): Promise<string[]> =>
  (await readdir(path)).filter((name) => name.endsWith('.bin'));

/** Writes a model and changes its manifest. */
async function tampered(
  change: (manifest: { paths: string[]; weights: { shape: number[] }[] }) => void,
): Promise<string> {
  const path = join(folder, 'model');
  await saveModel(network(1), path);
  const file = join(path, 'model.json');
  const json = JSON.parse(await readFile(file, 'utf8'));
  change(json.weightsManifest[0]);
  await writeFile(file, JSON.stringify(json));
  return path;
}

const code = (expected: string) => expect.objectContaining({ name: 'SecateurError', code: expected });

describe('saveModel(network, path), loadModel(path) with tfjs models', () => {
  it('give a network back, from the folder and from the file', async () => {
    const original = network(1);
    await saveModel(original, join(folder, 'model'));
    expect(await loadModel(join(folder, 'model'))).toEqual(original);
    expect(await loadModel(join(folder, 'model', 'model.json'))).toEqual(original);
  });

  it('split large weights into shards of 4 MiB', async () => {
    const original = network(1, [1_200, 1_000]);
    await saveModel(original, folder);
    expect(await shardsIn(folder)).toHaveLength(
      Math.ceil((4 * (4 * 1200 + 1200 + 1200 * 1000 + 1000 + 2000 + 2)) / 2 ** 22),
    );
    expect(await loadModel(folder)).toEqual(original);
  });

  it('leave nothing of the model that was there before', async () => {
    await saveModel(network(1), folder);
    await saveModel(network(2), folder);
    expect(await shardsIn(folder)).toHaveLength(1);
    expect(await loadModel(folder)).toEqual(network(2));
  });

  it('keep the old model readable until the new one is whole', async () => {
    await saveModel(network(1), folder);
    const before = await readFile(join(folder, 'model.json'));
    const [old] = await shardsIn(folder);
    const bytes = await readFile(join(folder, old ?? ''));
    await saveModel(network(2), folder);
    await writeFile(join(folder, 'model.json'), before);
    await writeFile(join(folder, old ?? ''), bytes);
    expect(await loadModel(folder)).toEqual(network(1));
  });
});

describe('loadModel(path) with hostile tfjs models', () => {
  const outside = ['../secret.bin', '/etc/hostname', 'a/../../secret.bin', '..\\secret.bin', 'C:secret.bin', 'a\0b'];
  for (const path of outside) {
    it(`refuses the shard ${JSON.stringify(path)}`, async () => {
      await writeFile(join(folder, 'secret.bin'), new Uint8Array(92));
      const model = await tampered((manifest) => manifest.paths.splice(0, 1, path));
      await expect(loadModel(model)).rejects.toThrow(code('ERR_MODEL_CORRUPT'));
    });
  }

  it('refuses a shard that is a link out of the folder', async () => {
    await writeFile(join(folder, 'secret.bin'), new Uint8Array(92));
    const model = await tampered((manifest) => manifest.paths.splice(0, 1, 'link.bin'));
    await symlink(join(folder, 'secret.bin'), join(model, 'link.bin'));
    await expect(loadModel(model)).rejects.toThrow(code('ERR_MODEL_CORRUPT'));
  });

  it('refuses a shard that has another name elsewhere', async () => {
    await writeFile(join(folder, 'secret.bin'), new Uint8Array(92));
    const model = await tampered((manifest) => manifest.paths.splice(0, 1, 'link.bin'));
    await link(join(folder, 'secret.bin'), join(model, 'link.bin'));
    await expect(loadModel(model)).rejects.toThrow(code('ERR_MODEL_CORRUPT'));
    await rm(join(folder, 'secret.bin'));
    await expect(loadModel(model)).resolves.toBeDefined();
  });

  it('refuses a shard that is a folder', async () => {
    const model = await tampered((manifest) => manifest.paths.splice(0, 1, 'shard'));
    await mkdir(join(model, 'shard'));
    await expect(loadModel(model)).rejects.toThrow(code('ERR_IO'));
  });

  it('refuses a truncated shard', async () => {
    const model = await tampered(() => {});
    const [shard] = await shardsIn(model);
    await truncate(join(model, shard ?? ''), 10);
    await expect(loadModel(model)).rejects.toThrow(code('ERR_MODEL_CORRUPT'));
  });

  it('refuses a shard that is too long', async () => {
    const model = await tampered(() => {});
    const [shard] = await shardsIn(model);
    await truncate(join(model, shard ?? ''), 10_000);
    await expect(loadModel(model)).rejects.toThrow(code('ERR_LIMIT'));
  });

  it('refuses weights that claim more than they have, before it makes room for them', async () => {
    const model = await tampered((manifest) => {
      for (const weight of manifest.weights) weight.shape = [2 ** 10, 2 ** 16];
    });
    await expect(loadModel(model)).rejects.toThrow(code('ERR_MODEL_CORRUPT'));
  });

  it('refuses a shard that is missing', async () => {
    const model = await tampered((manifest) => manifest.paths.splice(0, 1, 'none.bin'));
    await expect(loadModel(model)).rejects.toThrow(code('ERR_IO'));
  });

  for (const [what, content, expected] of [
    ['no JSON', '{', 'ERR_MODEL_CORRUPT'],
    ['another JSON', '[1]', 'ERR_MODEL_CORRUPT'],
    ['a graph model', '{"format":"graph-model","modelTopology":{}}', 'ERR_MODEL_UNSUPPORTED'],
    ['a manifest of another form', '{"modelTopology":{},"weightsManifest":{}}', 'ERR_MODEL_CORRUPT'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await writeFile(join(folder, 'model.json'), content);
      await expect(loadModel(folder)).rejects.toThrow(code(expected));
    });
  }
});
