import { type FormatName, formatOf, loadModel } from '../formats/index.js';
import { summarize } from '../network/index.js';
import {
  type CheckOptions,
  checkFile,
  type FileCheck,
  modelBytes,
  type Placed,
  placeModel,
} from '../runtimes/index.js';
import { expectArguments } from '../util/arguments.js';

/** A model file at one end of a conversion. */
export interface ConvertedFile {
  readonly path: string;
  readonly format: FormatName;
  /** Of all its files. */
  readonly bytes: number;
  /** The file in its format's own runtime, held against the network that it was read as. */
  readonly check: FileCheck;
}

/** What was converted, and how both files were checked. */
export interface Conversion {
  readonly layers: number;
  readonly parameters: number;
  readonly from: ConvertedFile;
  /** `renamed`: layers that have other names in this file, because the format does not take those of the other. */
  readonly to: ConvertedFile & Pick<Placed, 'renamed'>;
}

/**
 * Writes a model in the format that the path `to` says. Both files are run by their formats' own runtimes on the same random
 * samples, and the new one takes its place only if each computes what the network computes that lies between them.
 *
 * @throws SecateurError as `loadModel`; ERR_MODEL_UNSUPPORTED naming every layer that the other format has no word for;
 * ERR_GATE if a runtime computes something else; ERR_IO; ERR_ABORTED.
 * @example
 * const { from, to } = await convert('model.onnx', 'model.keras');
 */
export async function convert(from: string, to: string, options: CheckOptions = {}): Promise<Conversion> {
  expectArguments({ from, to, options });
  const network = await loadModel(from);
  const source = {
    path: from,
    format: await formatOf(from),
    bytes: await modelBytes(from),
    check: await checkFile(from, network, options),
  };
  const placed = await placeModel(network, to, options);
  const { layers, parameters } = summarize(network);
  return { layers: layers.length, parameters, from: source, to: { path: to, ...placed } };
}
