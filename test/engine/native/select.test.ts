import { describe, expect, it } from 'vitest';
import { engineInfo } from '../../../src/engine/index.js';
import { loadAddon } from '../../../src/engine/native/addon.js';
import { createNativeEngine } from '../../../src/engine/native/native.js';
import { type Candidate, chooseEngine, selectEngine } from '../../../src/engine/select.js';
import { SecateurError } from '../../../src/util/errors.js';
import { network } from './support.js';

const missing = new SecateurError('ERR_NATIVE', 'the addon is gone', { hint: 'build it' });

const candidate = (name: 'native' | 'reference', problem: SecateurError | null): Candidate => ({
  engine: { name, compile: () => expect.fail('nothing is compiled here') },
  problem: () => problem,
});

const both = { native: candidate('native', null), reference: candidate('reference', null) };
const withoutAddon = { ...both, native: candidate('native', missing) };

describe('selectEngine', () => {
  it('takes the native engine by default, without a notice', () => {
    expect(chooseEngine(both)).toMatchObject({ engine: { name: 'native' }, notice: null });
  });

  it('falls back to the reference engine with a notice that says why and what to do', () => {
    const { engine, notice } = chooseEngine(withoutAddon);
    expect(engine.name).toBe('reference');
    expect(notice).toMatch(/the addon is gone.*reference engine.*build it/);
  });

  it('takes the engine that is asked for, without a notice', () => {
    expect(chooseEngine(withoutAddon, 'reference')).toMatchObject({ engine: { name: 'reference' }, notice: null });
  });

  it('fails if the engine that is asked for is not there', () => {
    expect(() => chooseEngine(withoutAddon, 'native')).toThrow(missing);
  });

  it('refuses a name that is none', () => {
    expect(() => selectEngine('gpu' as 'native')).toThrow(/expected one of native, reference but received "gpu"/);
  });
});

describe('loadAddon', () => {
  it('says that the addon is not available, with the cause and a hint', () => {
    const cause = new Error('No native build was found\n    loaded from: somewhere');
    const load = () => {
      throw cause;
    };
    try {
      loadAddon(load);
      expect.fail('it did not throw');
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_NATIVE', cause, hint: expect.stringContaining('npm run setup') });
      expect((error as Error).message).toBe('the native engine is not available: No native build was found');
    }
  });

  it('refuses an addon that was built for another version', () => {
    expect(() => loadAddon(() => ({ info: () => ({ contract: 0 }) }))).toThrow(/built for interface 0/);
  });

  it('makes compile() of the native engine fail where there is none', () => {
    const engine = createNativeEngine(() => {
      throw missing;
    });
    expect(() => engine.compile(network)).toThrow(missing);
  });
});

describe('engineInfo', () => {
  it('tells the instruction set and what is supported, or why there is no addon', () => {
    const { addon, threads } = engineInfo();
    expect(threads).toBeGreaterThan(0);
    if (addon.found) expect(addon.supported).toContain(addon.instructionSet);
    else expect(addon.reason).not.toBe('');
  });
});
