import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  compile,
  createScope,
  floatTensor,
  type HostTensor,
  input,
  type Scope,
  type Value,
} from '../../src/engine/index.js';
import { bert, type ModelConfig, swin, swinV2 } from '../../src/models/index.js';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';
import { readSafetensors, type Tensor, toFloat32 } from '../../src/tensors/index.js';
import { encodeSentence, tokenizerFromJson, tokenizerFromVocabulary } from '../../src/text/index.js';
import { sizesOfWeights } from '../../src/weights/importSizes.js';
import { type ImportKind, openWeights, planImport, readAssignment } from '../../src/weights/index.js';

/**
 * `npx tsx scripts/hfParity/main.ts PYTHON [TEXT_ENCODER_FOLDER]`: networks that current transformers and torchvision
 * save are imported and must give the same outputs to 1e-4; one line a file, exit 1 when one does not.
 */
const tolerance = 1e-4;

interface Network {
  readonly name: string;
  readonly kind: ImportKind;
  readonly files: readonly string[];
  readonly settings: {
    readonly window?: number;
    readonly unshifted?: boolean;
    readonly side?: number;
    readonly scales?: readonly number[];
    readonly heads?: number;
  };
  readonly pictures?: readonly (readonly [number, number])[];
  readonly normalised?: boolean;
  readonly sentences?: readonly string[];
}

/** LayerNorm over the channels of an NCHW map of one image, without weights. */
function normalised({ shape, data }: Tensor<'F32'>): Float32Array {
  const [, channels, height, width] = shape;
  const cells = height * width;
  const result = new Float32Array(data.length);
  for (let cell = 0; cell < cells; cell++) {
    let [mean, square] = [0, 0];
    for (let channel = 0; channel < channels; channel++) mean += data[channel * cells + cell] / channels;
    for (let channel = 0; channel < channels; channel++) {
      square += (data[channel * cells + cell] - mean) ** 2 / channels;
    }
    for (let channel = 0; channel < channels; channel++) {
      const place = channel * cells + cell;
      result[place] = (data[place] - mean) / Math.sqrt(square + 1e-5);
    }
  }
  return result;
}

const worst = (got: Float32Array, want: Float32Array): number =>
  got.length === want.length
    ? want.reduce((most, value, index) => Math.max(most, Math.abs(value - got[index])), 0)
    : Number.NaN;

/** Builds a network, fills it from a file and runs it; norms of the four maps that a file lacks are the identity. */
async function runImported(
  file: string,
  kind: ImportKind,
  build: (scope: Scope) => Record<string, Value>,
  feeds: Record<string, HostTensor>,
): Promise<Record<string, HostTensor>> {
  const scope = createScope({ training: false });
  const outputs = build(scope);
  const shapes = new Map([...scope.declared.parameters.values()].map(({ name, shape }) => [name, shape]));
  const source = await openWeights(file);
  try {
    const plan = planImport(source, shapes, kind);
    const weights = new Map<string, HostTensor>();
    for (const name of plan.missing) {
      if (!/^norm\d\./.test(name)) throw new Error(`${file}: gives no ${name}`);
      const shape = shapes.get(name)!;
      weights.set(name, floatTensor(new Float32Array(shape[0]).fill(name.endsWith('.weight') ? 1 : 0), shape));
    }
    for (const assignment of plan.assignments) {
      weights.set(
        assignment.target,
        floatTensor(toFloat32(await readAssignment(source, assignment)), assignment.shape),
      );
    }
    const compiled = await compile(outputs, { runtime: onnxruntimeNode, weights });
    try {
      return (await compiled.run(feeds)) as Record<string, HostTensor>;
    } finally {
      await compiled.release();
    }
  } finally {
    await source.close();
  }
}

async function sizesOf(file: string, { kind, settings }: Network) {
  const source = await openWeights(file);
  try {
    return sizesOfWeights(source, kind, {
      num_attention_heads: settings.heads,
      window_size: settings.window,
      image_size: settings.side,
      pretrained_window_sizes: settings.scales,
    });
  } finally {
    await source.close();
  }
}

/** Largest difference of a Swin over all stages and pictures. */
async function compareSwin(file: string, network: Network, expected: ReadonlyMap<string, Tensor>): Promise<number> {
  const { trunk } = await sizesOf(file, network);
  const sizes = trunk as Extract<ModelConfig['trunk'], { kind: 'swin' | 'swin-v2' }>;
  const config = { ...sizes, unshiftedInOneWindow: network.settings.unshifted ?? true };
  let most = 0;
  for (const [index, [height, width]] of network.pictures!.entries()) {
    const shape = [1, 3, height, width];
    const build = (scope: Scope): Record<string, Value> => {
      const maps = (network.kind === 'swin' ? swin : swinV2)(scope, input('image', shape), config);
      return Object.fromEntries(maps.map((map, stage) => [`${stage}`, map]));
    };
    const image = expected.get(`${network.name}.${index}.image`) as Tensor<'F32'>;
    const got = await runImported(file, network.kind, build, { image: floatTensor(image.data, shape) });
    for (const stage of [0, 1, 2, 3]) {
      const map = expected.get(`${network.name}.${index}.features.${stage}`) as Tensor<'F32'> | undefined;
      if (!map) continue;
      const want = network.normalised ? map.data : normalised(map);
      most = Math.max(most, worst(got[stage].data as Float32Array, want));
    }
  }
  return most;
}

/** Largest difference of a BERT's word states; for sentences also checks that the token ids are the same. */
async function compareBert(file: string, network: Network, expected: ReadonlyMap<string, Tensor>): Promise<number> {
  const { text } = await sizesOf(file, network);
  const ids = expected.get(`${network.name}.ids`) as Tensor<'I64'>;
  const mask = expected.get(`${network.name}.mask`) as Tensor<'I64'>;
  const { shape } = ids;
  if (network.sentences) {
    const json = await readFile(join(file, 'tokenizer.json'), 'utf8').catch(() => null);
    const tokenizer = json
      ? tokenizerFromJson(json)
      : tokenizerFromVocabulary(await readFile(join(file, 'vocab.txt'), 'utf8'));
    const own = network.sentences.flatMap((sentence) => [...encodeSentence(tokenizer, sentence, shape[1]).ids]);
    if (own.join() !== [...ids.data].map(Number).join()) throw new Error(`${file}: other token ids than transformers`);
  }
  const build = (scope: Scope): Record<string, Value> => {
    const states = bert(scope, input('ids', shape, 'int64'), input('mask', shape), { ...text!, dropout: 0 });
    return { last: states[states.length - 1] };
  };
  const feeds = {
    ids: { type: 'int64' as const, shape, data: ids.data },
    mask: floatTensor(toFloat32(mask), shape),
  };
  const { last } = await runImported(file, 'bert', build, feeds);
  return worst(last.data as Float32Array, (expected.get(`${network.name}.states`) as Tensor<'F32'>).data);
}

const [python = 'python3', textEncoder] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'refersat-hf-parity-'));
try {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'networks.py');
  const { stdout } = await promisify(execFile)(python, [script, folder, ...(textEncoder ? [textEncoder] : [])]);
  const { versions, networks } = JSON.parse(stdout.trim().split('\n').pop()!) as {
    versions: Record<string, string>;
    networks: Network[];
  };
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  process.stdout.write(`${used.join(', ')}\n`);
  const { tensors } = readSafetensors(await readFile(join(folder, 'outputs.safetensors')));
  for (const network of networks) {
    for (const name of network.files) {
      const file = name.startsWith('/') ? name : join(folder, name);
      const compare = network.kind === 'bert' ? compareBert : compareSwin;
      const deviation = await compare(file, network, tensors);
      const passed = deviation <= tolerance;
      if (!passed) process.exitCode = 1;
      process.stdout.write(
        `${passed ? 'ok  ' : 'FAIL'} ${deviation.toExponential(2)}  ${network.kind}  ${basename(file)}\n`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
