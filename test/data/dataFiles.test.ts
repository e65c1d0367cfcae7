import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dataFolders, type Remote, readDataFile, unpackGzip } from '../../src/data/dataFiles.js';
import { idxSource } from '../../src/data/idxSource.js';
import { untar } from '../../src/data/tar.js';
import { type FileServer, serve, wholeFile } from '../support/fileServer.js';
import { idxFile } from '../support/idx.js';
import { tarFile } from '../support/tar.js';

let folder: string;
let server: FileServer | undefined;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secateur-'));
  vi.stubEnv('SECATEUR_CACHE', join(folder, 'cache'));
  vi.stubEnv('SECATEUR_DATA', join(folder, 'given'));
  mkdirSync(join(folder, 'given', 'set'), { recursive: true });
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function remoteWith(content: Buffer, more: Partial<Remote> = {}): Promise<Remote> {
  server = await serve(wholeFile(content));
  return { file: 'a.gz', urls: [server.url], bytes: content.length, sha256: sha256(content), ...more };
}

const nowhere: Remote = { file: 'a.gz', urls: ['http://127.0.0.1:9/'], bytes: 1, sha256: '' };
const given = (name: string, content: string | Uint8Array) =>
  writeFileSync(join(folder, 'given', 'set', name), content);

test('dataFolders() puts the cache where SECATEUR_CACHE, XDG_CACHE_HOME or the home folder say', () => {
  expect(dataFolders()).toEqual({ given: join(folder, 'given'), cache: join(folder, 'cache') });
  vi.stubEnv('SECATEUR_CACHE', undefined);
  vi.stubEnv('SECATEUR_DATA', undefined);
  vi.stubEnv('XDG_CACHE_HOME', '/xdg');
  expect(dataFolders()).toEqual({ given: undefined, cache: join('/xdg', 'secateur') });
  vi.stubEnv('XDG_CACHE_HOME', undefined);
  expect(dataFolders().cache).toBe(join(homedir(), '.cache', 'secateur'));
});

describe('readDataFile(dataset, name)', () => {
  test('takes what SECATEUR_DATA has, packed or not, without a question', async () => {
    given('a', 'plain');
    given('b.gz', gzipSync('packed'));
    expect(text(await readDataFile('set', 'a', nowhere, {}))).toBe('plain');
    expect(text(await readDataFile('set', 'b', nowhere, {}))).toBe('packed');
  });

  test('downloads once into the cache and leaves nothing else there', async () => {
    const remote = await remoteWith(gzipSync('content'));
    expect(text(await readDataFile('set', 'a', remote, {}))).toBe('content');
    expect(text(await readDataFile('set', 'a', remote, {}))).toBe('content');
    expect(server?.asked).toEqual([0]);
    expect(readdirSync(join(folder, 'cache', 'set'))).toEqual(['a.gz']);
  });

  test('stores the files of an archive one by one', async () => {
    const archive = gzipSync(tarFile([{ name: 'x/one.bin', content: Buffer.from('1') }]));
    const contents = async (bytes: Uint8Array) => untar(await unpackGzip(bytes, 'a.gz'), 'a.gz');
    const remote = await remoteWith(archive, { contents });
    expect(text(await readDataFile('set', 'one.bin', remote, {}))).toBe('1');
    expect(readdirSync(join(folder, 'cache', 'set'))).toEqual(['one.bin']);
    await expect(readDataFile('set', 'two.bin', remote, {})).rejects.toMatchObject({ code: 'ERR_DATA' });
  });

  test('says without a connection which url to fetch and where to put it', async () => {
    const error = await readDataFile('set', 'a', nowhere, {}).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'ERR_IO', message: expect.stringContaining('dataset set: a.gz could not be') });
    expect(error).toMatchObject({ hint: expect.stringMatching(/http:\/\/127.0.0.1:9\/.* SECATEUR_DATA/) });
  });

  test('refuses a broken .gz file and names it', async () => {
    given('a.gz', gzipSync('content').subarray(0, 20));
    await expect(readDataFile('set', 'a', nowhere, {})).rejects.toMatchObject({
      code: 'ERR_DATA',
      message: expect.stringContaining('a.gz: the gzip file is damaged'),
    });
  });

  test('refuses a .gz file that unpacks to more than any dataset has', async () => {
    const zeros = gzipSync(Buffer.alloc(2 ** 24));
    given('a.gz', Buffer.concat(Array.from({ length: 17 }, () => zeros)));
    await expect(readDataFile('set', 'a', nowhere, {})).rejects.toMatchObject({ code: 'ERR_DATA' });
  });

  test('does not take a folder for a file', async () => {
    mkdirSync(join(folder, 'given', 'set', 'a'));
    await expect(readDataFile('set', 'a', nowhere, {})).rejects.toMatchObject({ code: 'ERR_IO' });
  });
});

describe('a dataset in MNIST format', () => {
  const facts = (name: string) => ({ name, bytes: 1, sha256: '' });
  const pair = { images: facts('images'), labels: facts('labels') };
  const source = idxSource({ dataset: 'set', summary: '', mirrors: [], files: { train: pair, test: pair } });

  test('has images with one channel and their labels', async () => {
    given('images', idxFile([2, 1, 3], Uint8Array.of(1, 2, 3, 4, 5, 255)));
    given('labels', idxFile([2], Uint8Array.of(9, 0)));
    const { x, y, ...facts } = await source.load('train', {});
    expect([...x]).toEqual([1, 2, 3, 4, 5, 255]);
    expect(y).toEqual(Int32Array.of(9, 0));
    expect(facts).toEqual({ scale: 1 / 255, shape: [1, 3, 1], count: 2, classes: 10 });
  });

  test.each([
    ['more images than labels', [1], /2 images but 1 labels/],
    ['labels beyond the classes', [3, 10], /label 1 is 10/],
  ])('refuses %s', async (_, labels, message) => {
    given('images', idxFile([2, 1, 1], Uint8Array.of(1, 2)));
    given('labels', idxFile([labels.length], Uint8Array.from(labels)));
    await expect(source.load('train', {})).rejects.toEqual(
      expect.objectContaining({ code: 'ERR_DATA', message: expect.stringMatching(message) }),
    );
  });
});
