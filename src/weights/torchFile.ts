import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../errors/index.js';
import { PickleError, readPickleWith } from '../pickles/index.js';
import { arrayOfDType, bitsOfDType, elementCount, type Tensor, tensorOfBytes } from '../tensors/index.js';
import { readBytes } from './fileBytes.js';
import { findStateDict } from './stateDict.js';
import { copyStrided, isContiguous, windowLength } from './stridedTensor.js';
import { openTorchArchive } from './torchArchive.js';
import { loadTorchStorage, type TorchTensor, torchGlobals } from './torchGlobals.js';
import type { WeightSource } from './weightSource.js';

/** The pickle of a checkpoint holds names and sizes only; more than this is not one. */
const maxPickleBytes = 256 * 2 ** 20;

/** The first bytes of a file that torch.save wrote before 1.6: the pickle of a magic number. */
const legacyMagic = Uint8Array.of(0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);

/** Which form of torch.save a file has, by its first 512 bytes. */
export function torchForm(start: Uint8Array): 'zip' | 'legacy' | 'legacy-tar' | undefined {
  const text = (from: number, to: number): string => String.fromCharCode(...start.subarray(from, to));
  if (text(0, 4) === 'PK\u0003\u0004' || text(0, 4) === 'PK\u0005\u0006') return 'zip';
  if (start[0] === 0x80 && legacyMagic.every((byte, index) => start[index + 2] === byte)) return 'legacy';
  if (text(257, 262) === 'ustar') return 'legacy-tar';
  return undefined;
}

/** How to turn a file of the old forms into the zip form, for a person with Python. */
function howToConvert(path: string): string {
  const quoted = JSON.stringify(path);
  const target = JSON.stringify(path.replace(/(\.[^.\\/]*)?$/, '-zip.pth'));
  return `Convert it once with Python and torch: import torch; torch.save(torch.load(${quoted}, map_location='cpu', weights_only=True), ${target})`;
}

async function readTensor(
  { storage, dtype, offset, shape, strides }: TorchTensor,
  readStorage: (key: string, begin: number, end: number) => Promise<Uint8Array>,
): Promise<Tensor> {
  const size = bitsOfDType[dtype] / 8;
  const length = windowLength(shape, strides);
  const window =
    length === 0 ? new Uint8Array(0) : await readStorage(storage.key, offset * size, (offset + length) * size);
  if (isContiguous(shape, strides)) return tensorOfBytes({ dtype, shape }, window);
  const from = tensorOfBytes({ dtype, shape: [length] }, window).data;
  const count = elementCount(shape);
  const to = new arrayOfDType[dtype](new ArrayBuffer(count * size), 0, (count * size) / from.BYTES_PER_ELEMENT);
  copyStrided(from, to, shape, strides, size / from.BYTES_PER_ELEMENT);
  return { dtype, shape, data: to } as Tensor;
}

async function openZipForm(handle: FileHandle, path: string): Promise<WeightSource> {
  const archive = await openTorchArchive(handle, path);
  if (archive.names.includes('constants.pkl'))
    throw new UserError(
      `${path}: a TorchScript program, not weights. With Python: torch.save(torch.jit.load(...).state_dict(), ...)`,
    );
  const size = archive.size('data.pkl')!;
  if (size > maxPickleBytes)
    throw new UserError(`${path}: its data.pkl has ${size} bytes; a checkpoint's is below ${maxPickleBytes}`);
  const orderBytes = archive.size('byteorder') ?? 0;
  const order = new TextDecoder().decode(
    await archive.read('byteorder', 0, Math.min(orderBytes, 16)).catch(() => new Uint8Array(0)),
  );
  if (order === 'big') throw new UserError(`${path}: written on a big-endian machine, which is not supported`);
  let value: unknown;
  try {
    const bytes = await archive.read('data.pkl', 0, size);
    value = readPickleWith(bytes, { globals: torchGlobals, persistentLoad: loadTorchStorage }).value;
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    throw new UserError(
      `${path}: data.pkl: ${error.message}. If it holds a whole model or other objects beside the weights, save only model.state_dict() with torch.save`,
    );
  }
  const tensors = findStateDict(value, path);
  for (const [name, { storage }] of tensors) {
    const bytes = archive.size(`data/${storage.key}`);
    const wanted = (storage.count * bitsOfDType[storage.dtype ?? 'U8']) / 8;
    if (bytes !== wanted)
      throw new UserError(
        `${path}: the storage of ${name} has ${bytes ?? 'no'} bytes, ${wanted} were expected: the file is incomplete`,
      );
  }
  const tensorOf = (name: string): TorchTensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new UserError(`${path}: has no tensor ${JSON.stringify(name)}`);
    return tensor;
  };
  return {
    source: path,
    names: [...tensors.keys()],
    metadata: new Map(),
    shape: (name) => tensorOf(name).shape,
    dtype: (name) => tensorOf(name).dtype,
    read: async (name) => readTensor(tensorOf(name), (key, begin, end) => archive.read(`data/${key}`, begin, end)),
    close: () => handle.close(),
  };
}

/**
 * Opens the weights of a torch checkpoint (`.pth`, `.pt`, `.bin`) without Python and without running its pickle, of any
 * size; only names and sizes are read before a tensor is asked for. Tensors may be transposed, strided, shared or
 * expanded; each is read on its own in row-major order. See `findStateDict` for where the weights may lie.
 * @throws UserError for the forms before torch 1.6 (with how to convert them), for TorchScript, for a pickle that asks
 * for other objects than checkpoints need, and for damaged files
 */
export async function openTorch(path: string): Promise<WeightSource> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const form = torchForm(await readBytes(handle, 0, Math.min(512, size), path));
    if (form === 'legacy' || form === 'legacy-tar')
      throw new UserError(`${path}: in the form that torch.save had before torch 1.6. ${howToConvert(path)}`);
    if (form === undefined) throw new UserError(`${path}: not a file of torch.save (it is ${size} bytes and no zip)`);
    return await openZipForm(handle, path);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
