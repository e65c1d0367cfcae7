import { stat } from 'node:fs/promises';
import type { Network } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError, unreadable } from '../util/errors.js';
import type { ModelFormat } from './format.js';
import { keras } from './keras/archive.js';
import { kerasH5 } from './keras/h5.js';
import type { RenamedLayers } from './names.js';
import { onnx } from './onnx/onnx.js';
import { tfjs } from './tfjs/tfjs.js';

export type { ModelFormat } from './format.js';
export type { RenamedLayers } from './names.js';
export { decodeOnnx, encodeOnnx } from './onnx/onnx.js';
export type { TfjsArtifacts } from './tfjs/artifacts.js';
export { fromArtifacts } from './tfjs/read.js';
export { toArtifacts } from './tfjs/write.js';

/** Every model format. */
export const formats = { onnx, keras, 'keras-h5': kerasH5, tfjs } as const satisfies Record<string, ModelFormat>;

/** A model format of the table. */
export type FormatName = keyof typeof formats;

/**
 * Which format a path looks like, be it there already or not.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED if no format knows the path.
 */
export async function formatOf(path: string): Promise<FormatName> {
  expectArguments({ path });
  const known = Object.entries(formats) as [FormatName, ModelFormat][];
  for (const [name, format] of known) if (await format.recognizes(path)) return name;
  throw new SecateurError('ERR_MODEL_UNSUPPORTED', `${path}: no model format that Secateur knows`, {
    hint: `it knows ${known.map(([, { describe }]) => describe).join('; ')}`,
  });
}

async function checkPresent(path: string): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
  if (found.isFile() && found.size === 0)
    throw new SecateurError('ERR_MODEL_CORRUPT', `${path}: the file is empty`, {
      hint: 'export or copy it again',
    });
}

/**
 * Reads a model; the path says which format.
 *
 * @throws SecateurError as the format's `read`; ERR_MODEL_UNSUPPORTED if no format knows the path.
 */
export async function loadModel(path: string): Promise<Network> {
  expectArguments({ path });
  await checkPresent(path);
  return formats[await formatOf(path)].read(path);
}

/**
 * Writes a model; the path says which format.
 *
 * @returns which layers have other names in the file, because the format does not take theirs.
 * @throws SecateurError as the format's `write`; ERR_MODEL_UNSUPPORTED if no format knows the path; ERR_ARGUMENT for what is
 * no network or no path.
 */
export async function saveModel(network: Network, path: string): Promise<RenamedLayers> {
  expectArguments({ network, path });
  return formats[await formatOf(path)].write(network, path);
}

/**
 * The files of the model at a path, the one that names the others last.
 *
 * @throws SecateurError as the format's `files`; ERR_MODEL_UNSUPPORTED if no format knows the path.
 */
export async function filesOf(path: string): Promise<readonly string[]> {
  expectArguments({ path });
  const format: ModelFormat = formats[await formatOf(path)];
  return format.files === undefined ? [path] : format.files(path);
}
