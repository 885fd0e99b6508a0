import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compile, createScope, type HostTensor, input, type Scope, type Value } from '../src/engine/index.js';
import { bert } from '../src/models/bert.js';
import { swin } from '../src/models/swin.js';
import { swinV2 } from '../src/models/swinV2.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { readSafetensors, type Tensor } from '../src/tensors/index.js';
import { sizesOfWeights } from '../src/weights/importSizes.js';
import { type ImportKind, openWeights, planImport, readAssignment } from '../src/weights/index.js';

/** Tiny networks saved by Hugging Face and torchvision with their outputs; see scripts/fixtures/importWeights.py. */
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/weights/import/${name}`, import.meta.url));

const pixels: HostTensor = {
  type: 'float32',
  shape: [1, 3, 64, 64],
  data: Float32Array.from({ length: 3 * 64 * 64 }, (_, index) => Math.sin(0.37 * index)),
};

/** Builds a network, fills it from a file (norms of the four maps that the file lacks: 1 and 0), and runs it. */
async function runImported(
  file: string,
  as: ImportKind,
  build: (scope: Scope) => Record<string, Value>,
  feeds: Record<string, HostTensor>,
): Promise<Record<string, Float32Array>> {
  const scope = createScope({ training: false });
  const outputs = build(scope);
  const shapes = new Map([...scope.declared.parameters.values()].map(({ name, shape }) => [name, shape]));
  const source = await openWeights(fixture(file));
  const compiled = await compile(outputs, { runtime: onnxruntimeNode });
  try {
    const plan = planImport(source, shapes, as);
    const all: Record<string, HostTensor> = { ...feeds };
    for (const name of plan.missing) {
      expect(name, 'a parameter that the file should give').toMatch(/^norm\d\./);
      const shape = shapes.get(name)!;
      all[name] = { type: 'float32', shape, data: new Float32Array(shape[0]).fill(name.endsWith('.weight') ? 1 : 0) };
    }
    for (const assignment of plan.assignments) {
      const { shape, data } = (await readAssignment(source, assignment)) as Tensor<'F32'>;
      all[assignment.target] = { type: 'float32', shape, data };
    }
    const wanted = Object.fromEntries([...compiled.inputs.keys()].map((name) => [name, all[name]]));
    const results = await compiled.run(wanted);
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => [
        name,
        Float32Array.from((value as HostTensor).data as Float32Array),
      ]),
    );
  } finally {
    await compiled.release();
    await source.close();
  }
}

/** LayerNorm over the channels of an NCHW map of one image, without weights. */
function normalised({ shape, data }: Tensor<'F32'>): Float32Array {
  const [, channels, height, width] = shape;
  const cells = height * width;
  const result = new Float32Array(data.length);
  for (let cell = 0; cell < cells; cell++) {
    let mean = 0;
    let square = 0;
    for (let channel = 0; channel < channels; channel++) mean += data[channel * cells + cell] / channels;
    for (let channel = 0; channel < channels; channel++)
      square += (data[channel * cells + cell] - mean) ** 2 / channels;
    for (let channel = 0; channel < channels; channel++)
      result[channel * cells + cell] = (data[channel * cells + cell] - mean) / Math.sqrt(square + 1e-5);
  }
  return result;
}

const worst = (got: Float32Array, want: Float32Array): number =>
  got.length === want.length ? Math.max(...got.map((value, index) => Math.abs(value - want[index]))) : Number.NaN;

describe('weights saved by other libraries, imported, give their outputs to 1e-4', () => {
  const swinConfig = {
    width: 4,
    depths: [1, 2, 1, 1],
    heads: [1, 1, 2, 2],
    window: 2,
    mlpRatio: 2,
    dropPath: 0,
    unshiftedInOneWindow: true,
  };

  it.each([
    ['hf-swin', 'hf-swin.safetensors'],
    ['hf-swin', 'hf-swin.pth'],
    ['torchvision-swin', 'torchvision-swin.safetensors'],
  ])('%s from %s', async (name, file) => {
    const build = (scope: Scope): Record<string, Value> =>
      Object.fromEntries(
        swin(scope, input('image', [1, 3, 64, 64]), swinConfig).map((map, stage) => [`${stage}`, map]),
      );
    const got = await runImported(file, 'swin', build, { image: pixels });
    const { tensors } = readSafetensors(await readFile(fixture('outputs.safetensors')));
    for (const stage of [0, 1, 2, 3]) {
      const map = tensors.get(`${name}.features.${stage}`) as Tensor<'F32'>;
      const want = name === 'hf-swin' ? map.data : normalised(map);
      expect(worst(got[stage], want), `stage ${stage}`).toBeLessThan(1e-4);
    }
  });

  it.each(['hf-swin-v2', 'torchvision-swin-v2'])('%s', async (name) => {
    const build = (scope: Scope): Record<string, Value> =>
      Object.fromEntries(
        swinV2(scope, input('image', [1, 3, 64, 64]), swinConfig).map((map, stage) => [`${stage}`, map]),
      );
    const got = await runImported(`${name}.safetensors`, 'swin-v2', build, { image: pixels });
    const { tensors } = readSafetensors(await readFile(fixture('outputs.safetensors')));
    for (const stage of [0, 1, 2, 3]) {
      const map = tensors.get(`${name}.features.${stage}`) as Tensor<'F32'>;
      expect(worst(got[stage], normalised(map)), `stage ${stage}`).toBeLessThan(1e-4);
    }
  });

  it('hf-swin-v2 set to windows that its size and its pretraining settle, on a picture of another size', async () => {
    const source = await openWeights(fixture('hf-swin-v2.safetensors'));
    const { trunk } = sizesOfWeights(source, 'swin-v2', {
      image_size: 64,
      window_size: 8,
      pretrained_window_sizes: [6, 6, 6, 3],
    });
    await source.close();
    if (trunk?.kind !== 'swin-v2') throw new Error('no Swin v2');
    const shape = [1, 3, 96, 64];
    const data = Float32Array.from({ length: 3 * 96 * 64 }, (_, index) => Math.sin(0.37 * index));
    const build = (scope: Scope): Record<string, Value> =>
      Object.fromEntries(swinV2(scope, input('image', shape), trunk).map((map, stage) => [`${stage}`, map]));
    const got = await runImported('hf-swin-v2.safetensors', 'swin-v2', build, {
      image: { type: 'float32', shape, data },
    });
    // See scripts/fixtures/settledWindows.py.
    const { tensors } = readSafetensors(await readFile(fixture('settledWindows.safetensors')));
    for (const stage of [0, 1, 2, 3]) {
      const map = tensors.get(`features.${stage}`) as Tensor<'F32'>;
      expect(worst(got[stage], normalised(map)), `stage ${stage}`).toBeLessThan(1e-4);
    }
  });

  it.each(['hf-bert.safetensors', 'original-bert.bin'])('BERT from %s', async (file) => {
    const { tensors } = readSafetensors(await readFile(fixture('outputs.safetensors')));
    const shape = [1, 8];
    const build = (scope: Scope): Record<string, Value> => {
      const states = bert(scope, input('ids', shape, 'int64'), input('mask', shape), {
        vocabularySize: 40,
        width: 8,
        layers: 2,
        heads: 2,
        hiddenWidth: 16,
        maxPositions: 16,
        dropout: 0,
      });
      return { last: states[states.length - 1] };
    };
    const got = await runImported(file, 'bert', build, {
      ids: { type: 'int64', shape, data: BigInt64Array.of(2n, 5n, 7n, 9n, 3n, 0n, 0n, 0n) },
      mask: { type: 'float32', shape, data: Float32Array.of(1, 1, 1, 1, 1, 0, 0, 0) },
    });
    const want = tensors.get('hf-bert.last_hidden_state') as Tensor<'F32'>;
    expect(worst(got.last, want.data)).toBeLessThan(1e-4);
  });
});
