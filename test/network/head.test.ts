import { describe, expect, test } from 'vitest';
import { type ActivationName, initialize, type LossName, lossHead, type Network } from '../../src/network/index.js';
import type { Shape } from '../../src/tensor/tensor.js';

interface HeadCase {
  readonly fn?: ActivationName;
  readonly loss?: LossName;
  readonly shape?: Shape;
}

/** Layers: 0 input, 1 dense with 4 units, 2 their shape, 3 the activation if there is one. */
function headed({ fn, loss, shape = [4] }: HeadCase): Network {
  return initialize(
    {
      layers: [
        { name: 'in', kind: 'input', config: { shape: [2] } },
        { name: 'logits', kind: 'dense', config: { units: 4 } },
        { name: 'shaped', kind: 'reshape', config: { shape } },
        ...(fn ? [{ name: 'head', kind: 'activation', config: { fn } } as const] : []),
      ],
      loss: loss ?? null,
    },
    { seed: 0 },
  );
}

const labels = new Int32Array(3);
const values = new Float32Array(12);

describe('lossHead', () => {
  test.each([
    { fn: 'softmax', targets: labels, loss: 'crossentropy', scores: 2 },
    { fn: undefined, targets: labels, loss: 'crossentropy', scores: 2 },
    { fn: 'sigmoid', targets: labels, loss: 'binary-crossentropy', scores: 2 },
    { fn: 'sigmoid', targets: values, loss: 'binary-crossentropy', scores: 2 },
    { fn: undefined, targets: values, loss: 'mse', scores: 2 },
    { fn: 'tanh', targets: values, loss: 'mse', scores: 3 },
    { fn: 'linear', targets: labels, loss: 'crossentropy', scores: 3 },
  ] as const)('a head of $fn with $targets.constructor.name takes $loss at layer $scores', ({
    fn,
    targets,
    loss,
    scores,
  }) => {
    expect(lossHead(headed(fn ? { fn } : {}), targets)).toEqual({ loss, scores, width: 4 });
  });

  test.each(['flatten', 'dropout'] as const)('sees a softmax through %s', (kind) => {
    const network = initialize(
      {
        layers: [
          { name: 'in', kind: 'input', config: { shape: [2] } },
          { name: 'logits', kind: 'dense', config: { units: 4 } },
          { name: 'head', kind: 'activation', config: { fn: 'softmax' } },
          { name: 'behind', kind },
        ],
      },
      { seed: 0 },
    );
    expect(lossHead(network, labels)).toEqual({ loss: 'crossentropy', scores: 1, width: 4 });
  });

  test('refuses a softmax over less than the row that it is flattened into', () => {
    const network = initialize(
      {
        layers: [
          { name: 'in', kind: 'input', config: { shape: [2, 2, 1] } },
          { name: 'head', kind: 'activation', config: { fn: 'softmax' } },
          { name: 'row', kind: 'flatten' },
        ],
      },
      { seed: 0 },
    );
    expect(() => lossHead(network, labels)).toThrow('wants one row of classes, not [2,2,1]');
  });

  test("the model's own loss goes before targets, an asked one before both", () => {
    const network = headed({ fn: 'softmax', loss: 'mse' });
    expect(lossHead(network, labels)).toEqual({ loss: 'mse', scores: 3, width: 4 });
    expect(lossHead(network, labels, 'crossentropy')).toEqual({ loss: 'crossentropy', scores: 2, width: 4 });
  });

  test.each([
    [
      'softmax',
      'binary-crossentropy',
      'loss binary-crossentropy wants sigmoid or plain logits at the end, not softmax',
    ],
    ['sigmoid', 'crossentropy', 'loss crossentropy wants softmax or plain logits at the end, not sigmoid'],
    ['relu', 'crossentropy', 'loss crossentropy wants softmax or plain logits at the end, not relu'],
  ] as const)('a head of %s refuses %s', (fn, loss, message) => {
    expect(() => lossHead(headed({ fn }), labels, loss)).toThrow(
      expect.objectContaining({
        code: 'ERR_ARGUMENT',
        message,
        hint: 'the network ends with layer "head"; choose another loss',
      }),
    );
  });

  test('crossentropy refuses scores that are no row of classes; other losses count all numbers', () => {
    const network = headed({ shape: [2, 2] });
    expect(() => lossHead(network, labels, 'crossentropy')).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE', message: 'loss crossentropy wants one row of classes, not [2,2]' }),
    );
    expect(lossHead(network, values, 'mse').width).toBe(4);
  });
});
