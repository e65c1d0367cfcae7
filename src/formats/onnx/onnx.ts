import { dirname, extname } from 'node:path';
import type { Network } from '../../network/index.js';
import { writeFileAtomic } from '../../util/atomic.js';
import { SecateurError } from '../../util/errors.js';
import { readRegularFile } from '../../util/files.js';
import type { ModelFormat } from '../format.js';
import { naming } from '../problems.js';
import { withExternalData } from './external.js';
import { corrupt } from './problems.js';
import { model } from './proto/messages.js';
import { decode, encode } from './proto/wire.js';
import { convertModel } from './read/convert.js';
import { modelOf } from './write/model.js';

/** The bytes of an ONNX file, and the folder in which data outside of it may lie; without one there is none. */
async function readModel(bytes: Uint8Array, folder?: string): Promise<Network> {
  const decoded = decodeModel(bytes);
  return convertModel(folder === undefined ? decoded : await withExternalData(decoded, folder));
}

function decodeModel(bytes: Uint8Array) {
  try {
    return decode(model, bytes);
  } catch (cause) {
    if (cause instanceof SecateurError) throw cause;
    throw corrupt(`its bytes are no ONNX model: ${(cause as Error).message}`, cause);
  }
}

/**
 * Reads an ONNX model from memory.
 *
 * @throws SecateurError as {@link ModelFormat.read}.
 */
export const decodeOnnx = (bytes: Uint8Array): Promise<Network> => readModel(bytes);

/**
 * A network as the bytes of an ONNX file: operator set 17, or 19 or 20 where a layer needs it; images channels first.
 *
 * @throws SecateurError ERR_LIMIT if the weights are more than a file can hold.
 */
export const encodeOnnx = (network: Network): Uint8Array => encode(model, modelOf(network));

/** ONNX, the exchange format of onnxruntime, PyTorch and others. */
export const onnx: ModelFormat = {
  name: 'onnx',
  describe: 'ONNX: a file NAME.onnx',
  recognizes: (path) => extname(path).toLowerCase() === '.onnx',
  read: async (path) => {
    const bytes = await readRegularFile(path);
    return await naming(path, () => readModel(bytes, dirname(path)));
  },
  write: async (network, path) => {
    await writeFileAtomic(path, encodeOnnx(network));
    return {};
  },
};
