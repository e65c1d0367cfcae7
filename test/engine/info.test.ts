import { afterEach, describe, expect, it } from 'vitest';
import { engineInfo, selectEngine } from '../../src/engine/index.js';

const before = process.env.SECATEUR_ISA;
afterEach(() => {
  if (before === undefined) delete process.env.SECATEUR_ISA;
  else process.env.SECATEUR_ISA = before;
});

const isBuilt = engineInfo().addon.found;
if (!isBuilt) process.stderr.write('skipped: instruction sets: the addon is not built\n');

describe.skipIf(!isBuilt)('SECATEUR_ISA', () => {
  it('naming a set that the processor lacks is said, and the reference engine answers', () => {
    process.env.SECATEUR_ISA = 'abacus';
    expect(engineInfo().addon).toMatchObject({ found: false, reason: expect.stringContaining('SECATEUR_ISA=abacus') });
    expect(selectEngine()).toMatchObject({ engine: { name: 'reference' }, notice: expect.stringContaining('abacus') });
    expect(() => selectEngine('native')).toThrow('is no instruction set of this processor');
  });

  it('may name any set that is supported', () => {
    process.env.SECATEUR_ISA = 'scalar';
    expect(engineInfo().addon).toMatchObject({ found: true, supported: expect.arrayContaining(['scalar']) });
  });
});
