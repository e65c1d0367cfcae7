import type { Network } from '../network/index.js';
import type { RenamedLayers } from './names.js';

/** One model format, in and out. A format is a file or folder of its own and a row in the table beside this file. */
export interface ModelFormat {
  readonly name: string;
  /** What the format is and how its paths look, for help texts and error messages. */
  readonly describe: string;
  /** Whether a path looks like this format, be it there already or not. */
  recognizes(path: string): Promise<boolean> | boolean;
  /**
   * The files of the model at a path, the one that names the others last. Default: the path itself.
   *
   * @throws SecateurError ERR_IO if it cannot be read, ERR_MODEL_CORRUPT if its bytes are broken.
   */
  files?(path: string): Promise<readonly string[]>;
  /**
   * @throws SecateurError ERR_IO if the file cannot be read, ERR_MODEL_CORRUPT if its bytes are broken, ERR_LIMIT if it
   * asks for more than a model may, ERR_MODEL_UNSUPPORTED listing everything in it that no layer kind expresses.
   */
  read(path: string): Promise<Network>;
  /**
   * Writes atomically: a reader finds the old file or the new one, never a part.
   *
   * @returns which layers have other names in the file, because the format does not take theirs.
   * @throws SecateurError ERR_IO if the path cannot be written, ERR_MODEL_UNSUPPORTED listing every layer that the
   * format cannot express.
   */
  write(network: Network, path: string): Promise<RenamedLayers>;
}
