import { SecateurError } from '../util/errors.js';

const block = 512;
const regularFile = /[0\0]/;

/**
 * The plain files of a tar archive by their base names; folders, links and other things are left out. The contents are
 * views of `bytes`.
 *
 * @throws SecateurError ERR_DATA for headers with a wrong checksum and archives that end within a file.
 */
export function untar(bytes: Uint8Array, name: string): Map<string, Uint8Array> {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files = new Map<string, Uint8Array>();
  // Archives end with blocks of zeros; a header never begins with one.
  for (let at = 0; at + block <= archive.length && archive[at] !== 0; ) {
    const header = archive.subarray(at, at + block);
    if (octal(header, 148, 8) !== checksum(header)) throw broken(name, `the header at byte ${at} is damaged`);
    const size = octal(header, 124, 12);
    const start = at + block;
    if (!(size >= 0 && start + size <= archive.length)) throw broken(name, 'the archive was cut short');
    if (regularFile.test(text(header, 156, 1))) {
      files.set(text(header, 0, 100).split('/').at(-1)!, archive.subarray(start, start + size));
    }
    at = start + Math.ceil(size / block) * block;
  }
  return files;
}

const text = (header: Buffer, start: number, length: number): string => {
  const field = header.toString('latin1', start, start + length);
  return length === 1 ? field : field.replace(/\0.*$/s, '');
};

const octal = (header: Buffer, start: number, length: number): number =>
  Number.parseInt(text(header, start, length).trim() || '0', 8);

/** The sum of the header's bytes with spaces where the checksum itself stands. */
const checksum = (header: Buffer): number =>
  header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);

const broken = (name: string, message: string): SecateurError => new SecateurError('ERR_DATA', `${name}: ${message}`);
