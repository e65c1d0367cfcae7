/** Keys of an ONNX file's metadata that keep what the format itself has no word for. */

/** The loss that the network was trained for, by its name here. */
export const lossKey = 'secateur.loss';

/** How the input's images lie: always `nchw`, so that nobody has to guess. */
export const layoutKey = 'secateur.layout';
