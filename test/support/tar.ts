/** One entry of a hand-made tar archive; `type` is `0` for files and `5` for folders. */
export interface TarPart {
  readonly name: string;
  readonly content: Uint8Array;
  readonly type?: string;
  /** Lies about the size. */
  readonly size?: number;
}

/** The bytes of a tar archive in the old format, ended by two blocks of zeros. */
export function tarFile(parts: readonly TarPart[]): Buffer {
  const blocks = parts.flatMap(({ name, content, type = '0', size = content.length }) => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write(`${size.toString(8).padStart(11)} `, 124);
    header.write(`        ${type}`, 148);
    const sum = header.reduce((a, b) => a + b, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
