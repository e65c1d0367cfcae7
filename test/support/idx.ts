/** The bytes of an idx file of unsigned bytes; the sizes are written as they stand, right or wrong. */
export function idxFile(shape: readonly number[], data: Uint8Array, type = 8): Buffer {
  const sizes = shape.map((size) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(size);
    return bytes;
  });
  return Buffer.concat([Buffer.from([0, 0, type, shape.length]), ...sizes, data]);
}
