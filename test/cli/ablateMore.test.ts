import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AblationTable,
  ablate,
  type CumulativeTable,
  type GroupsTable,
  loadDataset,
  loadModel,
} from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { expectClose, tolerances } from '../support/tolerance.js';
import { writeFixtures } from './fixtures.js';

const folder = temporaryFolder();
let paths: Awaited<ReturnType<typeof writeFixtures>>;
beforeAll(async () => {
  paths = await writeFixtures(folder);
});

const digits = (...flags: string[]) => cli(['ablate', paths.digits, '--dataset', 'digits', '--limit', '60', ...flags]);

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** The changes of single nodes by layer and number. */
async function changes(): Promise<Map<string, number>> {
  const { layers } = await ablate(await loadModel(paths.digits), await loadDataset('digits', { limit: 60 })).collect();
  return new Map(layers.flatMap(({ layer, nodes }) => nodes.map(({ node, change }) => [`${layer} ${node}`, change])));
}

describe('secateur ablate --per-class', () => {
  test('tells every class in all formats', async () => {
    const table: AblationTable = JSON.parse((await digits('--per-class', '--json')).stdout);
    expect(table.baseline.perClass).toHaveLength(10);
    expect(table.layers[0]?.nodes[0]?.perClass).toHaveLength(10);
    const [header = '', ...rows] = (await digits('--per-class', '--csv')).stdout.trimEnd().split('\n');
    const columns = header.split(',');
    expect(columns.slice(6, 10)).toEqual(['flips', 'loss_0', 'change_0', 'accuracy_0']);
    expect(rows[0]?.split(',')[columns.indexOf('change_9')]).toBe(
      `${table.layers[0]?.nodes[0]?.perClass?.[9]?.change}`,
    );
    expect((await digits('--per-class')).stdout).toMatch(
      /\nlabel +samples +accuracy +most important by change\n-.*\n +0 /,
    );
    expect((await digits()).stdout).not.toContain('label');
  });

  test('is refused with what has no exact sums by class', async () => {
    expect((await digits('--per-class', '--adaptive', '0.9')).code).toBe(2);
    expect((await digits('--per-class', '--journal', join(folder, 'journal'))).code).toBe(2);
  });
});

describe('secateur ablate --groups', () => {
  const groups = [
    [{ layer: 'dense_1', nodes: [0, 2] }],
    [
      { layer: 'dense_2', nodes: [1] },
      { layer: 'dense_1', nodes: [3] },
    ],
  ];

  test('takes groups from a file', async () => {
    const path = file('groups.json', groups);
    const table: GroupsTable = JSON.parse((await digits('--groups', path, '--json')).stdout);
    expect(table.groups.map(({ group }) => group)).toEqual([0, 1]);
    const csv = (await digits('--groups', path, '--csv')).stdout.trimEnd().split('\n');
    expect(csv[0]).toBe('group,loss,change,accuracy,flips,nodes');
    expect(csv[2]).toMatch(/^1,.*,dense_2 1; dense_1 3$/);
    const { stdout } = await digits('--groups', path);
    expect(stdout).toContain('missed most');
    expect(stdout).toMatch(/^2 groups in /m);
  });

  test('channels are nodes that go together: in a chain each alone', async () => {
    const table: GroupsTable = JSON.parse((await digits('--groups', 'channels', '--json')).stdout);
    // Two runs, each with the rounding of the intact loss and of the other one.
    const slack = { relative: 0, absolute: 4 * tolerances.ablatedLoss.relative * table.baseline.loss };
    expectClose(
      table.groups.map(({ change }) => change),
      [...(await changes()).values()],
      slack,
    );
  });

  test('says what is wrong with a file', async () => {
    expect((await digits('--groups', file('bad.json', '{'))).stderr).toContain('the list of groups is no JSON');
    expect((await digits('--groups', file('flat.json', ['dense_1']))).stderr).toContain('expected a list of groups');
    expect((await digits('--groups', join(folder, 'none.json'))).stderr).toContain('there is no such file');
    expect((await digits('--groups', 'channels', '--pairs')).code).toBe(2);
  });
});

describe('secateur ablate --cumulative', () => {
  test('removes nodes in the order of a file', async () => {
    const order = [
      { layer: 'dense_2', node: 3 },
      { layer: 'dense_1', node: 0 },
    ];
    const path = file('order.json', order);
    const table: CumulativeTable = JSON.parse((await digits('--cumulative', path, '--json')).stdout);
    expect(table.removals.map(({ layer, node }) => ({ layer, node }))).toEqual(order);
    const csv = (await digits('--cumulative', path, '--csv')).stdout.trimEnd().split('\n');
    expect(csv[0]).toBe('removed,layer,node,loss,change,accuracy,flips');
    expect(csv[1]).toMatch(/^1,dense_2,3,/);
  });

  test('a criterion removes what it would keep least first', async () => {
    const own = await changes();
    const table: CumulativeTable = JSON.parse((await digits('--cumulative', 'ablation', '--json')).stdout);
    const told = table.removals.map(({ layer, node }) => own.get(`${layer} ${node}`));
    expect(told).toEqual([...own.values()].sort((a, b) => b - a));
    const apoz: CumulativeTable = JSON.parse(
      (await digits('--cumulative', 'apoz', '--layers', 'dense_2', '--json')).stdout,
    );
    expect(apoz.removals.map(({ layer }) => layer)).toEqual(Array(4).fill('dense_2'));
    const { stdout } = await digits('--cumulative', 'l2');
    expect(stdout).toMatch(/^10 removals in /m);
    expect(stdout).toMatch(/^ +10 +dense_\d \d+ /m);
  });

  test('says which criteria there are', async () => {
    const { stderr } = await digits('--cumulative', 'best');
    expect(stderr).toContain('no criterion "best"');
    expect((await digits('--cumulative', file('bad-order.json', [1]))).stderr).toContain('expected a list of nodes');
  });
});
