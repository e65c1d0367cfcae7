import { activationOperators } from './activations.js';
import { constantOperators } from './constants.js';
import { convolutionOperators } from './convolution.js';
import { denseOperators } from './dense.js';
import { elementwiseOperators } from './elementwise.js';
import type { Operator } from './operator.js';
import { poolingOperators } from './pooling.js';
import { shapeOperators } from './shapes.js';
import { sizeOperators } from './sizes.js';

/** Every ONNX operator that is read, by its `op_type`. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>(
  Object.entries({
    ...constantOperators,
    ...denseOperators,
    ...convolutionOperators,
    ...elementwiseOperators,
    ...activationOperators,
    ...poolingOperators,
    ...shapeOperators,
    ...sizeOperators,
  }),
);
