import { constants } from 'node:buffer';
import { crc32, inflateRawSync } from 'node:zlib';
import { SecateurError } from '../util/errors.js';
import { expectPositiveInteger } from '../util/expect.js';

/** One file of an archive as the archive's directory describes it. */
interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its local header stands. */
  readonly offset: number;
}

/** How far to trust an archive. */
export interface UnzipOptions {
  /**
   * Most bytes that all files may have together, unpacked; default 64 MiB or 200 times the archive, whichever is more.
   * What counts is what really comes out, whatever the archive says about itself.
   */
  readonly maxBytes?: number;
}

const directoryEnd = 0x06054b50;
const directoryEntry = 0x02014b50;
const localHeader = 0x04034b50;
const stored = 0;
const deflated = 8;
const encryptedFlag = 1;
/** A field that holds its largest value stands for a wider one elsewhere. */
const zip64Count = 0xffff;
const zip64Field = 0xffffffff;

/** 64 MiB lets small archives of zeros through; real arrays never shrink 200-fold. */
const defaultLimit = (archiveSize: number): number => Math.max(2 ** 26, 200 * archiveSize);

/**
 * Unpacks a zip archive (stored and deflated files) in memory; names are only names, nothing touches the disk.
 *
 * @param name what error messages call the archive.
 * @throws SecateurError ERR_DATA for damaged archives, repeated names, zip64 and encryption; ERR_LIMIT beyond
 * `maxBytes`; ERR_ARGUMENT unless that is a positive integer.
 */
export function unzip(bytes: Uint8Array, name: string, { maxBytes }: UnzipOptions = {}): Map<string, Uint8Array> {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const limit = maxBytes === undefined ? defaultLimit(bytes.length) : expectPositiveInteger('maxBytes', maxBytes);
  const files = new Map<string, Uint8Array>();
  let left = limit;
  try {
    for (const entry of readDirectory(archive)) {
      if (files.has(entry.name)) throw damaged(`two files are called ${JSON.stringify(entry.name)}`);
      const content = unpack(archive, entry, left);
      left -= content.length;
      files.set(entry.name, content);
    }
  } catch (cause) {
    throw explained(cause, name, limit);
  }
  return files;
}

function readDirectory(archive: Buffer): Entry[] {
  const end = findDirectoryEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (count === zip64Count || at === zip64Field) throw damaged('zip64 archives are not read');
  return Array.from({ length: count }, () => {
    if (archive.readUInt32LE(at) !== directoryEntry) throw damaged('its directory is broken');
    const nameLength = archive.readUInt16LE(at + 28);
    const entry = readEntry(archive, at, nameLength);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    return entry;
  });
}

/** The record of the directory's place stands last, followed by a comment of at most 65535 bytes. */
function findDirectoryEnd(archive: Buffer): number {
  for (let at = archive.length - 22; at >= Math.max(0, archive.length - 22 - 0xffff); at--) {
    if (archive.readUInt32LE(at) === directoryEnd && archive.readUInt16LE(at + 20) === archive.length - at - 22)
      return at;
  }
  const what = archive.length === 0 ? 'the file is empty' : 'it is no zip archive, or was cut short';
  throw damaged(what, hintFor(archive));
}

function readEntry(archive: Buffer, at: number, nameLength: number): Entry {
  const entry: Entry = {
    method: archive.readUInt16LE(at + 10),
    checksum: archive.readUInt32LE(at + 16),
    packedSize: archive.readUInt32LE(at + 20),
    size: archive.readUInt32LE(at + 24),
    offset: archive.readUInt32LE(at + 42),
    name: archive.toString('utf8', at + 46, at + 46 + nameLength),
  };
  if (archive.readUInt16LE(at + 8) & encryptedFlag) throw damaged(`${entry.name} is encrypted`);
  if ([entry.packedSize, entry.size, entry.offset].includes(zip64Field)) {
    throw damaged(`${entry.name} needs zip64, which is not read`);
  }
  return entry;
}

function unpack(archive: Buffer, { name, method, checksum, packedSize, size, offset }: Entry, left: number): Buffer {
  if (archive.readUInt32LE(offset) !== localHeader) throw damaged(`${name} is not where the directory says`);
  const start = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28);
  if (start + packedSize > archive.length) throw damaged(`${name} was cut short`);
  if (method !== stored && method !== deflated) throw damaged(`${name} is packed by method ${method}, not by deflate`);
  const packed = archive.subarray(start, start + packedSize);
  if (method === stored && packed.length > left) throw tooLarge();
  const content = method === stored ? packed : inflate(packed, left);
  if (content.length !== size || crc32(content) !== checksum) throw damaged(`${name} does not match its checksum`);
  return content;
}

function inflate(packed: Buffer, left: number): Buffer {
  if (left === 0) throw tooLarge();
  return inflateRawSync(packed, { maxOutputLength: Math.min(left, constants.MAX_LENGTH) });
}

/** What is commonly taken for an archive of arrays. */
const hintFor = (file: Buffer): string | undefined =>
  file.toString('latin1', 0, 6) === '\x93NUMPY'
    ? 'It is a .npy file, a single array: numpy.savez(file, x=..., y=...) puts several into a .npz file.'
    : undefined;

const damaged = (message: string, hint?: string): SecateurError =>
  new SecateurError('ERR_DATA', message, hint === undefined ? {} : { hint });
const tooLarge = (): RangeError => Object.assign(new RangeError(), { code: 'ERR_BUFFER_TOO_LARGE' });

/** Node's own errors (reading outside the archive, broken deflate streams, too much output) say nothing of the file. */
function explained(cause: unknown, name: string, limit: number): SecateurError {
  if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
    const hint = 'If the file is what it should be, raise `maxBytes`.';
    return new SecateurError('ERR_LIMIT', `${name}: unpacks to more than ${limit} bytes`, { hint });
  }
  if (cause instanceof SecateurError) {
    const { code, message, hint } = cause;
    return new SecateurError(code, `${name}: ${message}`, hint === undefined ? {} : { hint });
  }
  return new SecateurError('ERR_DATA', `${name}: the archive is damaged`, { cause });
}
