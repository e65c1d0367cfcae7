import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openJournal, packDoubles, unpackDoubles } from '../../src/run/index.js';

const facts = { command: 'test', network: 'abc', nodes: [1, 2] };
const records: readonly (readonly [string, unknown])[] = [
  ['first', { samples: 64, of: 'a layer\nwith a line break' }],
  ['second', [1, null, 'zwei']],
  ['first', { samples: 128 }],
];

let folder: string;
let path: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'secateur-'));
  path = join(folder, 'journal');
  await using journal = await openJournal(path, facts);
  for (const [key, value] of records) await journal.put(key, value);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a journal remembers of the records above: the first `count` of them, if it was not tampered with. */
async function remembered(): Promise<number> {
  await using journal = await openJournal(path, facts);
  const [first, second] = [journal.get('first'), journal.get('second')];
  const states = [
    [undefined, undefined],
    [records[0]?.[1], undefined],
    [records[0]?.[1], records[1]?.[1]],
    [records[2]?.[1], records[1]?.[1]],
  ];
  return states.findIndex((state) => JSON.stringify(state) === JSON.stringify([first, second]));
}

describe('a journal', () => {
  test('gives back what was last kept under each key, and goes on', async () => {
    expect(await remembered()).toBe(3);
    {
      await using journal = await openJournal(path, facts);
      expect(journal.get('third')).toBe(undefined);
      await journal.put('third', 3);
      expect(journal.get('third')).toBe(3);
    }
    await using again = await openJournal(path, facts);
    expect(again.get('third')).toBe(3);
    expect(readdirSync(folder)).toEqual(['journal']);
  });

  test('cut off anywhere remembers all records before, and goes on from there', async () => {
    const whole = readFileSync(path);
    const ends = [...whole.keys()].filter((i) => whole[i] === 10).map((i) => i + 1);
    for (let length = ends[0] as number; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await remembered(), `cut at ${length}`).toBe(ends.filter((end) => end <= length).length - 1);
    }
    writeFileSync(path, whole.subarray(0, -3));
    {
      await using journal = await openJournal(path, facts);
      await journal.put(...(records[2] as [string, unknown]));
    }
    expect(readFileSync(path)).toEqual(whole);
  });

  test('with any byte changed is refused, or remembers less', async () => {
    const whole = readFileSync(path);
    for (const [i, byte] of whole.entries()) {
      for (const other of [byte ^ 1, byte ^ 0x80, 0, 10]) {
        if (other === byte) continue;
        const changed = Buffer.from(whole);
        changed[i] = other;
        writeFileSync(path, changed);
        const found = await remembered().catch((error) => error.code);
        expect(['ERR_DATA', 1, 2], `byte ${i} to ${other}`).toContain(found);
      }
    }
  });

  test('with a line missing, twice, swapped or from another journal is refused', async () => {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n') as [string, string, string, string];
    const [header, a, b, c] = lines;
    for (const wrong of [
      [header, b, c],
      [header, a, c, b],
      [header, a, b, b, c],
      [header, b, a, c],
      [a, b, c],
    ]) {
      writeFileSync(path, `${wrong.join('\n')}\n`);
      await expect(openJournal(path, facts)).rejects.toMatchObject({ code: 'ERR_DATA', hint: expect.any(String) });
    }
  });

  test('of another run is refused and left as it is, saying what differs', async () => {
    const whole = readFileSync(path);
    const others = [
      [{ ...facts, network: 'abd' }, /another network$/],
      [{ ...facts, command: 'sweep', nodes: [1] }, /another command, nodes$/],
      [{ command: 'test', network: 'abc' }, /another nodes$/],
      [{ ...facts, cut: 'zero' }, /another cut$/],
    ] as const;
    for (const [other, message] of others) {
      const opened = openJournal(path, other);
      await expect(opened).rejects.toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringMatching(message) });
    }
    expect(readFileSync(path)).toEqual(whole);
  });

  test('is not made of a file that is none, which is left as it is', async () => {
    for (const content of ['x', 'layer,node\n', '{"journal":"secateur"}\n', '\n', '\0'.repeat(100)]) {
      writeFileSync(path, content);
      await expect(openJournal(path, facts)).rejects.toMatchObject({ code: 'ERR_DATA', message: /is no journal/ });
      expect(readFileSync(path, 'utf8')).toBe(content);
    }
    writeFileSync(path, '');
    expect(await remembered()).toBe(0);
  });

  test('that cannot be there is ERR_IO', async () => {
    await expect(openJournal(folder, facts)).rejects.toMatchObject({ name: 'SecateurError', code: 'ERR_IO' });
    await expect(openJournal(join(folder, 'none/journal'), facts)).rejects.toMatchObject({ code: 'ERR_IO' });
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  test('notices that somebody else writes to it', async () => {
    await using journal = await openJournal(path, facts);
    appendFileSync(path, 'x');
    await expect(journal.put('third', 3)).rejects.toMatchObject({ code: 'ERR_IO', message: /another process/ });
  });
});

describe('doubles', () => {
  test('keep every bit', () => {
    const numbers = Float64Array.of(0, -0, 0.1, Number.MIN_VALUE, Number.POSITIVE_INFINITY, Number.NaN, -1e308);
    const back = unpackDoubles(JSON.parse(JSON.stringify(packDoubles(numbers))), numbers.length);
    expect(new Uint8Array(back.buffer)).toEqual(new Uint8Array(numbers.buffer));
    expect(unpackDoubles(packDoubles(numbers.subarray(2, 4)), 2)).toEqual(numbers.subarray(2, 4));
  });

  test('that are none, or not so many, are ERR_DATA', () => {
    for (const wrong of [undefined, 3, '', packDoubles(Float64Array.of(1)), 'AAAA']) {
      expect(() => unpackDoubles(wrong, 2)).toThrow(expect.objectContaining({ code: 'ERR_DATA' }));
    }
  });
});
