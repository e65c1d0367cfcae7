import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder, removeEmptyFolders } from '../../src/util/folders.js';

describe('makeFolder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secateur-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('makes what is missing, and says what that was', async () => {
    const [a, b] = [join(folder, 'a'), join(folder, 'a/b')];
    expect(await makeFolder(b)).toEqual([a, b]);
    expect(await makeFolder(b)).toEqual([]);
    expect(await makeFolder(join(b, 'c'))).toEqual([join(b, 'c')]);
  });

  test('many at once do not get into each other’s way', async () => {
    const path = join(folder, 'a/b/c');
    const made = await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
    expect(made.flat().sort()).toEqual([join(folder, 'a'), join(folder, 'a/b'), path]);
  });

  test('a file in the way is told, and nothing stays', async () => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file/a/b');
    await expect(makeFolder(path)).rejects.toMatchObject({
      code: 'ERR_IO',
      message: expect.stringContaining(`${path}: the folder cannot be made: `),
    });
    const long = join(folder, 'a', 'b'.repeat(5000));
    await expect(makeFolder(long)).rejects.toMatchObject({ code: 'ERR_IO' });
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test.runIf(existsSync('/proc/self'))(
    'ends where the system takes no folder and says that none is there',
    async () => {
      await expect(makeFolder('/proc/secateur/a')).rejects.toMatchObject({ code: 'ERR_IO' });
    },
  );

  test('what was made can be taken back, but not what others have put there', async () => {
    const made = await makeFolder(join(folder, 'a/b'));
    writeFileSync(join(folder, 'a/kept'), '');
    await removeEmptyFolders(made);
    expect(readdirSync(join(folder, 'a'))).toEqual(['kept']);
  });
});
