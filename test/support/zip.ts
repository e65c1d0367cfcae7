import { crc32, deflateRawSync } from 'node:zlib';

/** One file of a hand-made archive; what is left out is told truly. */
export interface ZipPart {
  readonly name: string;
  readonly content: Uint8Array;
  /** 0 stored, 8 deflated (default). */
  readonly method?: number;
  readonly flags?: number;
  /** Lies about the size of `content`. */
  readonly size?: number;
  readonly checksum?: number;
  /** Lies about where the local header stands. */
  readonly offset?: number;
}

/** The bytes of a zip archive, put together from the format's note, so that tests can make wrong ones. */
export function zipFile(parts: readonly ZipPart[], comment = ''): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const packed = part.method === 0 ? Buffer.from(part.content) : deflateRawSync(part.content);
    const common = describePart(part, packed.length);
    const name = Buffer.from(part.name);
    const local = Buffer.concat([u32(0x04034b50), u16(20), common, u16(name.length), u16(0), name, packed]);
    const places = [u16(0), u16(0), u16(0), u16(0), u32(0), u32(part.offset ?? offset)];
    directory.push(Buffer.concat([u32(0x02014b50), u16(20), u16(20), common, u16(name.length), ...places, name]));
    files.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const counts = [u16(0), u16(0), u16(parts.length), u16(parts.length)];
  const end = [u32(0x06054b50), ...counts, u32(size), u32(offset), u16(comment.length), Buffer.from(comment)];
  return Buffer.concat([...files, ...directory, ...end]);
}

/** Flags, method, time, date, checksum and sizes: the fields that both headers have in this order. */
function describePart(part: ZipPart, packedSize: number): Buffer {
  const { content, method = 8, flags = 0, size = content.length, checksum = crc32(content) } = part;
  return Buffer.concat([u16(flags), u16(method), u32(0), u32(checksum), u32(packedSize), u32(size)]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
