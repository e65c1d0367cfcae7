import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { abortedError, SecateurError } from '../util/errors.js';
import type { LoadOptions } from './dataset.js';

/** A file that never changes, and where it can be had. */
export interface RemoteFile {
  /** What it is called, in progress reports and errors. */
  readonly file: string;
  /** Tried in this order. */
  readonly urls: readonly string[];
  /** Its length. */
  readonly bytes: number;
  readonly sha256: string;
}

/** What of `LoadOptions` concerns downloads. */
export type DownloadOptions = Pick<LoadOptions, 'signal' | 'onProgress'>;

/** A second round lets a broken connection resume. */
const rounds = 2;

/**
 * Downloads a file into memory. What has arrived is kept in `partial`, where the next call goes on, in this process or
 * another; the caller removes it once the result is stored. Several processes may do so at the same time: all write
 * the same bytes at the same places, and each checks what it read.
 *
 * @throws SecateurError ERR_IO if no url gives the file whole and unchanged; ERR_ABORTED through `signal`.
 */
export async function download(
  remote: RemoteFile,
  partial: string,
  options: DownloadOptions = {},
): Promise<Uint8Array> {
  const failures = new Set<string>();
  for (const url of Array.from({ length: rounds }, () => remote.urls).flat()) {
    try {
      return await downloadFrom(url, remote, partial, options);
    } catch (cause) {
      if (options.signal?.aborted) throw abortedError(options.signal);
      failures.add(`${url}: ${reasonOf(cause)}`);
    }
  }
  throw new SecateurError('ERR_IO', `${remote.file} could not be downloaded: ${[...failures].join('; ')}`);
}

async function downloadFrom(
  url: string,
  remote: RemoteFile,
  partial: string,
  options: DownloadOptions,
): Promise<Uint8Array> {
  const file = await open(partial, constants.O_RDWR | constants.O_CREAT);
  try {
    await receive(url, remote, file, options);
    const bytes = await file.readFile();
    if (createHash('sha256').update(bytes).digest('hex') === remote.sha256) return bytes;
    await rm(partial, { force: true });
    throw new Error('the content is not what it should be (wrong checksum)');
  } finally {
    await file.close();
  }
}

async function receive(url: string, remote: RemoteFile, file: FileHandle, options: DownloadOptions): Promise<void> {
  const kept = (await file.stat()).size;
  if (kept >= remote.bytes) return;
  const response = await request(url, kept, options.signal);
  let received = response.status === 206 ? kept : 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    if (received + chunk.length > remote.bytes) throw new Error(`the content is longer than ${remote.bytes} bytes`);
    await file.write(chunk, 0, chunk.length, received);
    received += chunk.length;
    options.onProgress?.({ file: remote.file, received, total: remote.bytes });
  }
  if (received < remote.bytes) throw new Error(`the content ended after ${received} of ${remote.bytes} bytes`);
}

async function request(url: string, from: number, signal: AbortSignal | undefined): Promise<Response> {
  const range = from > 0 ? { range: `bytes=${from}-` } : {};
  // Some servers call a .gz file an encoding of its content; fetch would then unpack it.
  const headers = { 'accept-encoding': 'identity', ...range };
  const response = await fetch(url, { headers, signal: signal ?? null });
  const elsewhere = response.status === 206 && !response.headers.get('content-range')?.startsWith(`bytes ${from}-`);
  if (response.ok && response.body !== null && !elsewhere) return response;
  await response.body?.cancel();
  throw new Error(elsewhere ? 'the server sent another part than was asked for' : `HTTP ${response.status}`);
}

/** Node's fetch says only "fetch failed"; its cause knows why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message || (cause as NodeJS.ErrnoException).code})` : message;
}
