import type { Builder } from '../layerBuilder.js';
import type { ReadNode } from '../node.js';
import type { Operand } from '../values.js';

/** How one ONNX operator becomes layers. */
export interface Operator {
  /** The attributes that the conversion understands; a node with any other is unsupported. */
  readonly attributes: readonly string[];
  /**
   * @throws Unsupported where no layer kind expresses what the node asks for.
   * @throws SecateurError ERR_MODEL_CORRUPT if the node breaks ONNX's own rules, ERR_LIMIT if it asks for too much.
   */
  convert(node: ReadNode, build: Builder): Operand;
}
