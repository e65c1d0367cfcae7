import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { SecateurError } from '../../util/errors.js';
import { maxFileBytes } from './limits.js';
import { corrupt, unsupported } from './problems.js';
import { externalLocation, type ModelProto, type NodeProto, type TensorProto } from './proto/messages.js';

/**
 * The model with the numbers of tensors that lie in other files put into them. Only plain files within `folder` are read:
 * no way out of it, no links, so that a model cannot make its reader open anything that did not come with it.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED for files that are not so contained; ERR_MODEL_CORRUPT for parts that are
 * not in their file; ERR_LIMIT for more than a model may hold.
 */
export async function withExternalData(model: ModelProto, folder: string): Promise<ModelProto> {
  if (model.graph === undefined) return model;
  const root = await realpath(folder);
  let left = maxFileBytes;
  const inlined = async (tensor: TensorProto): Promise<TensorProto> => {
    if (tensor.dataLocation !== externalLocation) return tensor;
    const rawData = await readPart(root, tensor, left);
    left -= rawData.length;
    return { ...tensor, rawData, dataLocation: 0 };
  };
  const initializer = await inOrder(model.graph.initializer, inlined);
  const node = await inOrder(model.graph.node, (each) => inlineAttributes(each, inlined));
  return { ...model, graph: { ...model.graph, initializer, node } };
}

async function inOrder<T>(items: readonly T[], change: (item: T) => Promise<T>): Promise<T[]> {
  const changed: T[] = [];
  for (const item of items) changed.push(await change(item));
  return changed;
}

async function inlineAttributes(
  node: NodeProto,
  inlined: (tensor: TensorProto) => Promise<TensorProto>,
): Promise<NodeProto> {
  const attribute = await inOrder(node.attribute, async (each) =>
    each.t === undefined ? each : { ...each, t: await inlined(each.t) },
  );
  return { ...node, attribute };
}

async function readPart(root: string, { name, externalData }: TensorProto, left: number): Promise<Uint8Array> {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const where = `tensor "${name}"`;
  const file = await openContained(root, entries.get('location') ?? '', where);
  try {
    const { size } = await file.stat();
    const offset = wholeNumber(entries.get('offset') ?? '0');
    const length = wholeNumber(entries.get('length') ?? String(size - offset));
    if (!(offset + length <= size)) {
      throw corrupt(`${where}: its data, ${length} bytes from ${offset}, are not all in a file of ${size}`);
    }
    if (length > left) throw new SecateurError('ERR_LIMIT', `its outer data are more than ${maxFileBytes} bytes`);
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    if (bytesRead !== length) throw corrupt(`${where}: only ${bytesRead} of its ${length} bytes could be read`);
    return bytes;
  } finally {
    await file.close();
  }
}

const wholeNumber = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);

/** Follows no link and waits for no pipe, should the file have been exchanged after it was looked at. */
const openPlainly = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);

/** Opens a file by its location in a model, if it is plain and within `root`, a real path. */
async function openContained(root: string, location: string, where: string): Promise<FileHandle> {
  const refuse = (reason: string) => unsupported([`${where}: its data are in "${location}", ${reason}`]);
  const parts = location.split('/');
  const plain =
    !isAbsolute(location) && !/[\0\\:]/.test(location) && parts.every((part) => !['', '.', '..'].includes(part));
  if (!plain) throw refuse('which is no plain path within the folder of the model');
  const path = join(root, location);
  const real = await realpath(path).catch(() => undefined);
  if (real !== path) throw refuse(real === undefined ? 'which is not there' : 'which a link leads to');
  const file = await openPlainly(path).catch((cause: Error) => {
    throw refuse(`which cannot be opened: ${cause.message}`);
  });
  const found = await file.stat();
  if (found.isFile() && found.nlink === 1) return file;
  await file.close();
  throw refuse(found.isFile() ? 'which has more names than one' : 'which is no file');
}
