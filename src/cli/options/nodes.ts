import {
  type CriterionName,
  coupledNodes,
  criteria,
  criterionNames,
  type LabelledData,
  type Network,
  type NodeGroup,
  type NodeRef,
  SecateurError,
  scores,
} from '../../index.js';
import { readJson } from './json.js';

/** What `--groups` names: groups of a file, or the nodes that can only be removed together. */
export async function readGroups(from: string, network: Network): Promise<readonly NodeGroup[]> {
  if (from === 'channels') return coupledNodes(network);
  const read = await readJson(from, 'list of groups');
  if (Array.isArray(read) && read.every((group) => Array.isArray(group) && group.every(isPart))) return read;
  throw new SecateurError('ERR_DATA', `${from}: expected a list of groups`, {
    hint: 'each is a list such as [{"layer": "dense_1", "nodes": [0, 7]}]',
  });
}

interface Request {
  readonly network: Network;
  readonly data: LabelledData;
  /** Of the nodes that a criterion orders; default: every hidden one. */
  readonly layers?: readonly string[];
}

/** What `--cumulative` names: an order of a file, or that of a criterion, the node that it would remove first in front. */
export async function readOrder(from: string, { network, data, layers }: Request): Promise<readonly NodeRef[]> {
  const criterion = criterionNames.find((name) => name === from);
  if (criterion !== undefined) return orderBy(criterion, { network, data, ...(layers && { layers }) });
  if (!from.endsWith('.json')) {
    throw new SecateurError('ERR_ARGUMENT', `--cumulative: there is no criterion "${from}", and it is no .json file`, {
      hint: `criteria: ${criterionNames.join(', ')}`,
    });
  }
  const read = await readJson(from, 'order');
  if (Array.isArray(read) && read.every(isNode)) return read;
  throw new SecateurError('ERR_DATA', `${from}: expected a list of nodes`, {
    hint: 'such as [{"layer": "dense_1", "node": 7}]',
  });
}

async function orderBy(criterion: CriterionName, { network, data, layers }: Request): Promise<NodeRef[]> {
  const { layers: scored } = await scores(network, data, { criterion, ...(layers && { layers }) }).collect();
  const sign = criteria[criterion].keep === 'high' ? 1 : -1;
  return scored
    .flatMap(({ layer, scores: own }) => Array.from(own, (score, node) => ({ layer, node, score: sign * score })))
    .sort((a, b) => a.score - b.score)
    .map(({ layer, node }) => ({ layer, node }));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isNode = (value: unknown): boolean =>
  isObject(value) && typeof value.layer === 'string' && typeof value.node === 'number';
const isPart = (value: unknown): boolean =>
  isObject(value) && typeof value.layer === 'string' && Array.isArray(value.nodes);
