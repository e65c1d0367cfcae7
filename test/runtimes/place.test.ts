import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadModel, saveModel } from '../../src/formats/index.js';
import { denseNetwork, initialize, type Network, networkDigest } from '../../src/network/index.js';
import { placeModel } from '../../src/runtimes/index.js';
import { SecateurError } from '../../src/util/errors.js';

/** Which call that changes the disk fails, counted from 1; 0 for none. */
const faults = vi.hoisted(() => ({ at: 0, calls: 0 }));
/** Whether the format's runtime finds something else in the file. */
const runtime = vi.hoisted(() => ({ disagrees: false }));

vi.mock('../../src/runtimes/check.js', async (original) => {
  const real = await original<typeof import('../../src/runtimes/check.js')>();
  const checkFile: typeof real.checkFile = async (...args) => {
    if (runtime.disagrees) throw new SecateurError('ERR_GATE', 'outputs that differ');
    return await real.checkFile(...args);
  };
  return { ...real, checkFile };
});

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const changing = ['mkdir', 'mkdtemp', 'rename', 'open'] as const;
  const failing = changing.map((name) => [
    name,
    (...args: unknown[]) => {
      if (name === 'open' && !String(args[1]).includes('w')) return real.open(...(args as [string]));
      faults.calls += 1;
      if (faults.calls === faults.at) return Promise.reject(new Error(`${name}: no space left on the device`));
      return (real[name] as (...all: unknown[]) => Promise<unknown>)(...args);
    },
  ]);
  return { ...real, ...Object.fromEntries(failing) };
});

const folder = mkdtempSync(join(tmpdir(), 'secateur-place-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const network = (seed: number): Network => initialize(denseNetwork([4], [6], 3), { seed });
const [old, fresh] = [network(1), network(2)];
const beside = () => ({ '.plan.json': 'plan', '.certificate.json': 'certificate' });

/** Every file below the folder with its bytes. */
const onDisk = (): Record<string, string> =>
  Object.fromEntries(
    (readdirSync(folder, { recursive: true }) as string[])
      .sort()
      .map((name) => [name, statSync(at(name)).isDirectory() ? '' : readFileSync(at(name), 'base64')]),
  );

beforeEach(() => {
  faults.at = 0;
  runtime.disagrees = false;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

describe.for(['model', 'model.onnx', 'model.keras', 'model.h5'])('a place %s', (name) => {
  test('holds the model, checked by its runtime, and what lies beside it', async () => {
    const { check, bytes } = await placeModel(fresh, at(name), { beside });
    expect(check).toMatchObject({ samples: 16, reason: null });
    expect(check.maxAbsDifference).toBeLessThanOrEqual(check.tolerance as number);
    expect(networkDigest(await loadModel(at(name)))).toBe(networkDigest(fresh));
    expect(readFileSync(at(`${name}.plan.json`), 'utf8')).toBe('plan');
    const files = name === 'model' ? readdirSync(at(name)).map((file) => at(join(name, file))) : [at(name)];
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBe(bytes);
    expect(readdirSync(folder).length).toBe(3);
  });

  test('holds the model that was there before nowhere', async () => {
    await placeModel(fresh, at(name), { beside });
    const alone = onDisk();
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    await placeModel(old, at(name), { beside });
    await placeModel(fresh, at(name), { beside });
    expect(onDisk()).toEqual(alone);
  });

  // What is a file of its own takes the same steps in every format.
  const states = ['model', 'model.onnx'].includes(name) ? ['empty', 'taken'] : [];
  test.for(states)('that is %s stays as it is, whichever step fails', async (state) => {
    if (state === 'taken') {
      await saveModel(old, at(name));
      writeFileSync(at(`${name}.plan.json`), 'old plan');
    }
    const before = onDisk();
    faults.calls = 0;
    for (faults.at = 1; ; faults.at++) {
      faults.calls = 0;
      const failed = await placeModel(fresh, at(name), { beside }).then(
        () => false,
        () => true,
      );
      if (faults.calls < faults.at) break;
      expect([faults.at, failed, onDisk()]).toEqual([faults.at, true, before]);
    }
    expect(faults.at).toBeGreaterThan(6);
    expect(networkDigest(await loadModel(at(name)))).toBe(networkDigest(fresh));
  });
});

test('what its runtime does not agree with, or nothing can be said beside, takes no place', async () => {
  await saveModel(old, at('model.onnx'));
  const before = onDisk();
  const failing = (): never => {
    throw new Error('no certificate');
  };
  await expect(placeModel(fresh, at('model.onnx'), { beside: failing })).rejects.toThrow('no certificate');
  expect(onDisk()).toEqual(before);
  runtime.disagrees = true;
  for (const name of ['model.onnx', 'model', 'model.keras', 'model.h5']) {
    await expect(placeModel(fresh, at(name), { beside })).rejects.toMatchObject({ code: 'ERR_GATE' });
    expect(onDisk()).toEqual(before);
  }
  runtime.disagrees = false;
  const signal = AbortSignal.abort();
  await expect(placeModel(fresh, at('model.onnx'), { beside, signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  expect(onDisk()).toEqual(before);
});

test('what cannot be replaced stays, with everything else', async () => {
  mkdirSync(at('model.onnx'));
  const before = onDisk();
  await expect(placeModel(fresh, at('model.onnx'), { beside })).rejects.toThrow(/model\.onnx: it is no file/);
  expect(onDisk()).toEqual(before);
});
