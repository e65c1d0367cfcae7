import { expect, test } from 'vitest';
import { sameShape, sizeOf, tensor } from '../../src/tensor/tensor.js';

test('sizeOf(shape) is the product of its axes, 1 for none', () => {
  expect([sizeOf([]), sizeOf([7]), sizeOf([2, 3, 4]), sizeOf([5, 0, 9])]).toEqual([1, 7, 24, 0]);
});

test.each([[[-1]], [[1.5]], [[Number.NaN]], [[2 ** 27, 2 ** 27]], [[2 ** 53, 0]]])('sizeOf(%j) refuses', (shape) => {
  expect(() => sizeOf(shape)).toThrow(expect.objectContaining({ code: 'ERR_LIMIT' }));
});

test('tensor(shape, data) keeps the data and a frozen copy of the shape', () => {
  const data = new Float32Array(6);
  const shape = [2, 3];
  const made = tensor(shape, data);
  shape[0] = 9;
  expect(made.data).toBe(data);
  expect(made.shape).toEqual([2, 3]);
  expect(Object.isFrozen(made) && Object.isFrozen(made.shape)).toBe(true);
});

test('tensor(shape, data) refuses data of another length', () => {
  expect(() => tensor([2, 3], new Float32Array(5))).toThrow(
    expect.objectContaining({ code: 'ERR_SHAPE', message: 'shape [2,3] wants 6 numbers but 5 were given' }),
  );
});

test('sameShape compares ranks and axes', () => {
  expect(sameShape([], [])).toBe(true);
  expect(sameShape([1, 2], [1, 2])).toBe(true);
  expect(sameShape([1, 2], [2, 1])).toBe(false);
  expect(sameShape([1], [1, 1])).toBe(false);
});
