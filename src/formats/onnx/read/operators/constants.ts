import { Unsupported } from '../../problems.js';
import type { Constant } from '../../tensors.js';
import { readTensor } from '../../tensors.js';
import { floatAttribute, integerAttribute, integersAttribute, nodeName, tensorAttribute } from '../node.js';
import type { Operator } from './operator.js';

const constant: Operator = {
  attributes: ['value', 'value_float', 'value_int', 'value_ints'],
  convert: (node, build): Constant => {
    const name = nodeName(node.proto);
    const value = tensorAttribute(node, 'value');
    if (value !== undefined) return { ...readTensor(value, build.budget), name };
    const given = node.proto.attribute[0]?.name;
    if (given === 'value_float') {
      const number = floatAttribute(node, given, 0);
      return { type: 'constant', name, shape: [], data: Float32Array.of(number) };
    }
    if (given === 'value_int') {
      return { type: 'constant', name, shape: [], data: Float64Array.of(integerAttribute(node, given, 0)) };
    }
    const list = integersAttribute(node, 'value_ints');
    if (list === undefined) throw new Unsupported('it has no value');
    return { type: 'constant', name, shape: [list.length], data: Float64Array.from(list) };
  },
};

export const constantOperators = { Constant: constant } as const satisfies Record<string, Operator>;
