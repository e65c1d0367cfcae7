import { describe, expect, it } from 'vitest';
import { createPlan, maskNetwork, shrinkNetwork } from '../../src/pruning/index.js';
import { add, build, dense, image, relu, shaken } from '../support/topology.js';

describe('createPlan', () => {
  const network = build(image(4), dense('a', 3), relu('r'), dense('b', 3), add('s', 'r', 'b'), dense('c', 2));

  it('takes along what cannot be without', () => {
    expect(createPlan(network, { b: [1] }).nodes).toEqual([
      { layer: 'a', nodes: [1] },
      { layer: 'b', nodes: [1] },
    ]);
  });

  it('refuses what cannot go, saying why', () => {
    expect(() => createPlan(network, { c: [0] })).toThrow(/node 0 of layer "c" cannot go: it is part of the output/);
    expect(() => createPlan(network, { a: [0, 1], b: [2] })).toThrow(/leaves nothing of layer "a"/);
    expect(() => createPlan(network, { a: [3] })).toThrow(/node numbers of layer "a", 0 to 2/);
    expect(() => createPlan(network, { r: [0] })).toThrow(/names of layers with nodes/);
    expect(() => createPlan(network, { a: [0] }, { cut: 'mean' })).toThrow(/a finite mean for node 0/);
  });

  it('is plain JSON that only its own network takes', () => {
    const plan = createPlan(network, { a: [0] }, { cut: 'mean', values: () => 0.5 });
    const read = JSON.parse(JSON.stringify(plan));
    expect(shrinkNetwork(network, read)).toEqual(shrinkNetwork(network, plan));
    expect(() => maskNetwork(shaken(network, 9), plan)).toThrow(/made for another network/);
    for (const broken of [null, 3, {}, { ...plan, version: 2 }]) {
      expect(() => maskNetwork(network, broken as never)).toThrow(/no pruning plan/);
    }
    expect(() => maskNetwork(network, { ...plan, nodes: [{ layer: 'a', nodes: [0] }] })).toThrow(/do not fit/);
    for (const nodes of [[null], new Array(1)])
      expect(() => maskNetwork(network, { ...plan, nodes } as never)).toThrow(/names a layer/);
    const whole = { ...createPlan(network, { a: [0] }), nodes: [{ layer: 'a', nodes: [0, 1, 2] }] };
    expect(() => shrinkNetwork(network, whole)).toThrow(/leaves nothing of layer "a"/);
  });
});
