import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { download, type RemoteFile } from '../../src/data/download.js';
import { type Answer, brokenAfter, type FileServer, serve, wholeFile } from '../support/fileServer.js';

const content = randomBytes(300_000);
const remoteAt = (...urls: string[]): RemoteFile => ({
  file: 'images.gz',
  urls,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

let folder: string;
let partial: string;
const servers: FileServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secateur-'));
  partial = join(folder, 'images.gz.part');
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(folder, { recursive: true });
});

async function start(answer: Answer): Promise<FileServer> {
  const server = await serve(answer);
  servers.push(server);
  return server;
}

const failing = (message: RegExp) =>
  expect.objectContaining({ code: 'ERR_IO', message: expect.stringMatching(message) });

test('download(remote) gives the content and tells how far it is', async () => {
  const { url } = await start(wholeFile(content));
  const received: number[] = [];
  const bytes = await download(remoteAt(url), partial, {
    onProgress: (progress) => {
      expect(progress).toMatchObject({ file: 'images.gz', total: content.length });
      received.push(progress.received);
    },
  });
  expect(content.equals(bytes)).toBe(true);
  expect(received.at(-1)).toBe(content.length);
  expect(received).toEqual(received.toSorted((a, b) => a - b));
});

test('download(remote) goes on where an earlier call ended', async () => {
  writeFileSync(partial, content.subarray(0, 123_456));
  const server = await start(wholeFile(content));
  const bytes = await download(remoteAt(server.url), partial);
  expect(content.equals(bytes)).toBe(true);
  expect(server.asked).toEqual([123_456]);
});

test('download(remote) asks for nothing that is already there', async () => {
  writeFileSync(partial, content);
  const server = await start(wholeFile(content));
  expect(content.equals(await download(remoteAt(server.url), partial))).toBe(true);
  expect(server.asked).toEqual([]);
});

test('download(remote) begins anew if the server knows no ranges', async () => {
  writeFileSync(partial, content.subarray(0, 1000));
  const server = await start((response) => response.end(content));
  expect(content.equals(await download(remoteAt(server.url), partial))).toBe(true);
});

test('download(remote) resumes a broken connection', async () => {
  const server = await start((response, from, request) => {
    const answer = from === 0 ? brokenAfter(content, 100_000) : wholeFile(content);
    answer(response, from, request);
  });
  expect(content.equals(await download(remoteAt(server.url), partial))).toBe(true);
  expect(server.asked[0]).toBe(0);
  expect(server.asked[1]).toBeGreaterThan(0);
});

test('download(remote) keeps what came when the connection breaks for good', async () => {
  const server = await start(brokenAfter(content, 50_000));
  await expect(download(remoteAt(server.url), partial)).rejects.toEqual(failing(/images.gz could not be downloaded/));
  const kept = readFileSync(partial);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.equals(content.subarray(0, kept.length))).toBe(true);
});

test('download(remote) asks the next mirror if one has not got the file', async () => {
  const missing = await start((response) => response.writeHead(404).end('no such file'));
  const server = await start(wholeFile(content));
  expect(content.equals(await download(remoteAt(missing.url, server.url), partial))).toBe(true);
});

test('download(remote) names every url that failed, and why', async () => {
  const missing = await start((response) => response.writeHead(404).end());
  const gone = await start(() => undefined);
  await gone.close();
  const pattern = new RegExp(`${missing.url}: HTTP 404; ${gone.url}: fetch failed \\(.*ECONNREFUSED`);
  await expect(download(remoteAt(missing.url, gone.url), partial)).rejects.toEqual(failing(pattern));
});

test('download(remote) throws content with a wrong checksum away', async () => {
  const server = await start(wholeFile(Buffer.from(content).fill(0, 5, 6)));
  await expect(download(remoteAt(server.url), partial)).rejects.toEqual(failing(/checksum/));
  expect(existsSync(partial)).toBe(false);
});

test('download(remote) recovers from a damaged part', async () => {
  writeFileSync(partial, Buffer.alloc(1000, 7));
  const server = await start(wholeFile(content));
  expect(content.equals(await download(remoteAt(server.url), partial))).toBe(true);
  expect(server.asked).toEqual([1000, 0]);
});

test('download(remote) refuses content that is too short, too long, or another part', async () => {
  const short = await start((response) => response.end(content.subarray(0, 10)));
  await expect(download(remoteAt(short.url), partial)).rejects.toEqual(failing(/ended after 10 of 300000/));
  const long = await start((response) => response.end(Buffer.concat([content, content])));
  await expect(download(remoteAt(long.url), partial)).rejects.toEqual(failing(/longer than 300000/));
  writeFileSync(partial, content.subarray(0, 1000));
  const other = await start((response) =>
    response.writeHead(206, { 'content-range': 'bytes 5-9/300000' }).end('abcde'),
  );
  await expect(download(remoteAt(other.url), partial)).rejects.toEqual(failing(/another part/));
});

test('download(remote) ends at once by its signal and keeps what came', async () => {
  const server = await start((response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 60_000));
  });
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('enough'));
  const run = download(remoteAt(server.url), partial, { signal: controller.signal, onProgress });
  await expect(run).rejects.toEqual(expect.objectContaining({ code: 'ERR_ABORTED', cause: new Error('enough') }));
  expect(readFileSync(partial).length).toBeGreaterThan(0);
});

// Calls share nothing but the file, as processes do.
test('download(remote) four times at once gives each the content', async () => {
  writeFileSync(partial, content.subarray(0, 10_000));
  let asked = 0;
  const server = await start((response, from) => {
    const slowness = asked++;
    response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
    const send = (at: number): void => {
      if (at >= content.length) response.end();
      else response.write(content.subarray(at, at + 60_000), () => setTimeout(send, 5 * slowness, at + 60_000));
    };
    send(from);
  });
  const all = await Promise.all(Array.from({ length: 4 }, () => download(remoteAt(server.url), partial)));
  expect(all.map((bytes) => content.equals(bytes))).toEqual([true, true, true, true]);
});
