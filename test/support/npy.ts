/** What a hand-made `.npy` file says of itself; everything is written as it stands, right or wrong. */
export interface NpyParts {
  /** NumPy's type, as Python text: `'<f4'` with its quotes, or a list of fields. */
  readonly descr: string;
  /** Python text of the shape, e.g. `(2, 3)`. */
  readonly shape: string;
  readonly content: Uint8Array;
  readonly fortranOrder?: boolean;
  readonly version?: number;
}

/** The bytes of a `.npy` file, put together from NumPy's format document and not by the library's writer. */
export function npyFile({ descr, shape, content, fortranOrder = false, version = 1 }: NpyParts): Uint8Array {
  const order = fortranOrder ? 'True' : 'False';
  const header = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(header.length, 0, length.length);
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), version, 0]);
  return Buffer.concat([start, length, Buffer.from(header, 'latin1'), content]);
}
