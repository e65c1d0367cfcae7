import { type FileHandle, open, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { writeFileAtomic } from '../util/atomic.js';
import { remedyOf, SecateurError } from '../util/errors.js';

/** Everything that the results of a run depend on, each under a name for messages: the command, digests, options. */
export type JournalFacts = Readonly<Record<string, unknown>>;

/**
 * Results of a long run, kept as they are found: a file that only grows, one line a record, each on the disk before the
 * run goes on. Every line carries a checksum of itself and all before it, so that nothing can be changed, swapped or
 * missing unseen, but for the last line: a run may be killed while it writes. That line is dropped.
 */
export interface Journal extends AsyncDisposable {
  /** What was last kept under a key, or undefined. */
  get(key: string): unknown;
  /**
   * Keeps a value that JSON can hold; it is on the disk when this ends. One call at a time.
   *
   * @throws SecateurError ERR_IO if it cannot be written, or if another process writes there too.
   */
  put(key: string, value: unknown): Promise<void>;
}

const newline = 10;
const checksumDigits = 8;
const format = { journal: 'secateur', version: 1 };

/**
 * Opens the journal of a run, or begins one where there is no file yet.
 *
 * @throws SecateurError ERR_ARGUMENT if it belongs to another run, ERR_DATA if the file is no journal or was damaged,
 * ERR_IO if it cannot be read or written.
 */
export async function openJournal(path: string, facts: JournalFacts): Promise<Journal> {
  const file = await openFile(path, headerOf(facts));
  try {
    const { values, end, checksum } = readLines(path, await file.readFile());
    expectSameRun(path, values[0], facts);
    await file.truncate(end);
    return new FileJournal({ path, file, end, checksum }, values.slice(1));
  } catch (error) {
    await file.close();
    throw error instanceof SecateurError ? error : unusable(path, error as Error);
  }
}

const headerOf = (facts: JournalFacts): string => encode({ ...format, run: facts }, 0).line;

const unusable = (path: string, cause: Error): SecateurError =>
  new SecateurError('ERR_IO', `${path}: the journal cannot be used: ${cause.message}`, { cause, ...remedyOf(cause) });

/** A new journal appears with its first line or not at all, so that a file without one is no journal. */
async function openFile(path: string, header: string): Promise<FileHandle> {
  try {
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    if (size === 0) await writeFileAtomic(path, header);
    return await open(path, 'a+');
  } catch (error) {
    throw error instanceof SecateurError ? error : unusable(path, error as Error);
  }
}

interface Line {
  readonly line: string;
  readonly checksum: number;
}

/** A line, and the checksum of everything up to its end. */
function encode(value: unknown, before: number): Line {
  const json = JSON.stringify(value);
  const checksum = crc32(json, before);
  return { line: `${checksum.toString(16).padStart(checksumDigits, '0')} ${json}\n`, checksum };
}

interface Lines {
  readonly values: readonly unknown[];
  /** Where the last good line ends. */
  readonly end: number;
  readonly checksum: number;
}

function readLines(path: string, bytes: Buffer): Lines {
  const values: unknown[] = [];
  let [start, checksum] = [0, 0];
  while (start < bytes.length) {
    const found = bytes.indexOf(newline, start);
    const stop = found < 0 ? bytes.length : found;
    const json = bytes.subarray(start + checksumDigits + 1, stop);
    const next = crc32(json, checksum);
    const stated = bytes.toString('latin1', start, Math.min(stop, start + checksumDigits + 1));
    const good = found >= 0 && stated === `${next.toString(16).padStart(checksumDigits, '0')} `;
    if (!good && (values.length === 0 || stop + 1 < bytes.length)) throw damaged(path, values.length);
    if (!good) break;
    values.push(parse(path, json, values.length));
    [start, checksum] = [stop + 1, next];
  }
  return { values, end: start, checksum };
}

/** The value of a line: the header, or a record with its key. */
function parse(path: string, json: Buffer, line: number): unknown {
  try {
    const value: unknown = JSON.parse(json.toString());
    if (line === 0 || (Array.isArray(value) && typeof value[0] === 'string')) return value;
  } catch {
    // Told below.
  }
  throw damaged(path, line);
}

const damaged = (path: string, line: number): SecateurError =>
  new SecateurError('ERR_DATA', `${path}: ${line === 0 ? 'is no journal' : `line ${line + 1} was damaged`}`, {
    hint: 'name another file, or delete this one to begin again',
  });

function expectSameRun(path: string, header: unknown, facts: JournalFacts): void {
  const { journal, version, run } = { ...(header as object) } as Record<string, unknown>;
  if (journal !== format.journal || typeof run !== 'object') throw damaged(path, 0);
  const expected = { version: format.version, ...facts } as Record<string, unknown>;
  const found = { version, ...run } as Record<string, unknown>;
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const other = [...names].filter((name) => JSON.stringify(expected[name]) !== JSON.stringify(found[name]));
  if (other.length === 0) return;
  throw new SecateurError('ERR_ARGUMENT', `${path}: the journal belongs to another run: another ${other.join(', ')}`, {
    hint: 'repeat the command that began it, name another file, or delete this one to begin again',
  });
}

interface Opened {
  readonly path: string;
  readonly file: FileHandle;
  readonly end: number;
  readonly checksum: number;
}

class FileJournal implements Journal {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #kept: Map<string, unknown>;
  #end: number;
  #checksum: number;

  constructor({ path, file, end, checksum }: Opened, records: readonly unknown[]) {
    this.#path = path;
    this.#file = file;
    this.#end = end;
    this.#checksum = checksum;
    this.#kept = new Map(records as [string, unknown][]);
  }

  get(key: string): unknown {
    return this.#kept.get(key);
  }

  async put(key: string, value: unknown): Promise<void> {
    const { line, checksum } = encode([key, value], this.#checksum);
    await this.#append(line);
    this.#checksum = checksum;
    this.#kept.set(key, value);
  }

  async #append(line: string): Promise<void> {
    try {
      if ((await this.#file.stat()).size !== this.#end) throw new Error('it has grown by what another process wrote');
      await this.#file.appendFile(line);
      await this.#file.datasync();
      this.#end += Buffer.byteLength(line);
    } catch (cause) {
      throw new SecateurError('ERR_IO', `${this.#path}: cannot be written: ${(cause as Error).message}`, {
        hint: 'what was kept before is safe: once this is solved, the same command goes on from there',
        cause,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
