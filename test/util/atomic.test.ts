import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectWritable, writeFileAtomic } from '../../src/util/atomic.js';

describe('writeFileAtomic', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secateur-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('writes text and bytes', async () => {
    await writeFileAtomic(join(folder, 'text'), 'cut');
    await writeFileAtomic(join(folder, 'bytes'), Uint8Array.of(1, 2, 3));
    expect(readFileSync(join(folder, 'text'), 'utf8')).toBe('cut');
    expect([...readFileSync(join(folder, 'bytes'))]).toEqual([1, 2, 3]);
  });

  test('replaces a file and leaves nothing else', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'old and longer');
    await writeFileAtomic(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('expectWritable says beforehand what would stand in the way', async () => {
    await expectWritable(join(folder, 'new'));
    await writeFileAtomic(join(folder, 'old'), '');
    await expectWritable(join(folder, 'old'));
    await expect(expectWritable(folder)).rejects.toMatchObject({ code: 'ERR_IO', hint: 'name a file in it' });
    await expect(expectWritable(join(folder, 'not/there'))).rejects.toMatchObject({ code: 'ERR_IO' });
    expect(readdirSync(folder)).toEqual(['old']);
  });

  test('says which folder is missing, and what to do', async () => {
    const path = join(folder, 'not/there/file');
    await expect(writeFileAtomic(path, 'new')).rejects.toMatchObject({
      code: 'ERR_IO',
      message: `${path}: cannot be written: there is no folder ${join(folder, 'not/there')}`,
      hint: 'make the folder first',
    });
  });

  test('shows readers the old file or the new one, never a part', async () => {
    const path = join(folder, 'file');
    const versions = ['a', 'b'].map((letter) => letter.repeat(1 << 20));
    writeFileSync(path, versions[0] as string);
    let writing = true;
    const written = writeFileAtomic(path, versions[1] as string).finally(() => {
      writing = false;
    });
    while (writing) {
      expect(versions.includes(readFileSync(path, 'utf8'))).toBe(true);
      await new Promise(setImmediate);
    }
    await written;
    expect(readFileSync(path, 'utf8')).toBe(versions[1]);
  });

  test('keeps concurrent writers of one path apart', async () => {
    const path = join(folder, 'file');
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(texts.map((text) => writeFileAtomic(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('throws ERR_IO and leaves what was there where it cannot write', async () => {
    await expect(writeFileAtomic(join(folder, 'none', 'file'), 'x')).rejects.toMatchObject({ code: 'ERR_IO' });
    const taken = join(folder, 'taken');
    mkdirSync(join(taken, 'inside'), { recursive: true });
    await expect(writeFileAtomic(taken, 'x')).rejects.toMatchObject({ name: 'SecateurError', code: 'ERR_IO' });
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});

test('expectWritable tells before the work what would keep a file from being written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'secateur-'));
  await expectWritable(join(folder, 'file'));
  const refused = { name: 'SecateurError', code: 'ERR_IO' };
  await expect(expectWritable(folder)).rejects.toMatchObject({ ...refused, hint: 'name a file in it' });
  await expect(expectWritable(join(folder, 'none', 'file'))).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('there is no folder'),
  });
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
