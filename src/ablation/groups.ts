import type { LabelledData } from '../data/index.js';
import type { Network } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import type { BaselineEvent, DoneEvent, ProgressEvent } from './events.js';
import { type Gathered, gather, type MeasureOptions, type MeasuringRun } from './measuring.js';
import { cutSets, expectList, indexNodes, measureSets, type NodeRef, prepareSets, type Without } from './sets.js';

/** Nodes that go together: of one layer or of several. */
export type NodeGroup = readonly { readonly layer: string; readonly nodes: readonly number[] }[];

/** The network without all nodes of a group, which is named by its place in the list that was given. */
export interface GroupEvent extends Without {
  readonly type: 'group';
  readonly group: number;
}

/** What a run over groups tells, in order. */
export type GroupsEvent = BaselineEvent | GroupEvent | ProgressEvent | DoneEvent;

/** A whole run as one document. */
export interface GroupsTable {
  readonly schemaVersion: 1;
  readonly baseline: Gathered<GroupsEvent>['baseline'];
  readonly groups: readonly Omit<GroupEvent, 'type'>[];
  /** From the call to the last result. */
  readonly seconds: number;
}

/**
 * Measures the network without each of some groups of nodes, exactly, on all samples.
 *
 * @param groups each a list such as `[{ layer: 'dense_1', nodes: [0, 7] }, { layer: 'dense_2', nodes: [3] }]`; an empty
 * one is the intact network.
 * @throws SecateurError as `ablate`; ERR_ARGUMENT for a node that is twice in a group.
 */
export function ablateGroups(
  network: Network,
  data: LabelledData,
  groups: readonly NodeGroup[],
  options: MeasureOptions = {},
): MeasuringRun<GroupsEvent, GroupsTable> {
  expectArguments({ groups });
  const lists = expectList('groups', 'a list of groups of nodes', groups).map(nodesOf);
  const { nodes, indices } = indexNodes('groups', lists);
  const measuring = prepareSets(network, data, { name: 'groups', nodes, sets: cutSets(indices, false) }, options);
  const events = measureSets<GroupEvent>(measuring, (group, without) => ({ type: 'group', group, ...without }));
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulateGroups(events) };
}

const nodesOf = (group: NodeGroup): NodeRef[] =>
  group.flatMap(({ layer, nodes }) => nodes.map((node) => ({ layer, node })));

/**
 * Reads a run to its end. @throws SecateurError ERR_ARGUMENT if its events were read before.
 *
 * @throws SecateurError ERR_ARGUMENT if its events were read before.
 */
export async function tabulateGroups(events: AsyncIterable<GroupsEvent>): Promise<GroupsTable> {
  const { baseline, of, seconds } = await gather<GroupsEvent>(events);
  return { schemaVersion: 1, baseline, groups: of('group'), seconds };
}
