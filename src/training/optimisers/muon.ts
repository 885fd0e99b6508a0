import { compile, floatTensor, type HostTensor, input, type Runtime, type RuntimeOptions } from '../../engine/index.js';
import { createTensor, type Tensor } from '../../tensors/index.js';
import { completeSettings } from './completeSettings.js';
import { checkGradients, type Gradient } from './gradient.js';
import { createOptimiser, type OptimisedParameter } from './optimiser.js';
import { type CompleteMuonConfig, type MuonConfig, muonSchema } from './optimiserConfig.js';
import { orthogonalise } from './orthogonalise.js';
import { savedTensor } from './savedTensor.js';

/** An optimiser whose step runs a graph. */
export interface Muon {
  readonly config: CompleteMuonConfig;
  /** Which parameters take orthogonal steps; the others are AdamW's. */
  readonly orthogonal: readonly string[];
  /**
   * One step, in place. A parameter without a gradient is left alone.
   * @param gradients by parameter name
   * @param learningRate this step's, before each parameter's own scale; the configured one by default
   * @throws UserError for the gradient of an unknown parameter or one that does not fit; then nothing was changed
   */
  step(gradients: ReadonlyMap<string, Gradient>, learningRate?: number): Promise<void>;
  /** As `Optimiser.state`: `momentum_buffer.<parameter>` for orthogonal ones, AdamW's names for the others. */
  state(): Map<string, Tensor>;
  /** Takes a saved state over, bit for bit. @throws UserError as `Optimiser.load` */
  load(state: ReadonlyMap<string, Tensor>): void;
  release(): Promise<void>;
}

interface Matrix {
  readonly parameter: OptimisedParameter;
  readonly rows: number;
  readonly columns: number;
  readonly momentum: Float32Array;
  /** What the graph orthogonalises, and what it gives. */
  readonly direction: Float32Array;
  readonly orthogonal: Float32Array;
}

/** The sides of a parameter as a matrix, kernels unrolled [out, in kh kw]; null where it is none worth the name. */
function sidesOf({ shape = [], rowWidth, isTable }: OptimisedParameter, smallestSide: number): [number, number] | null {
  if (shape.length < 2 || rowWidth !== undefined || isTable) return null;
  const [rows, ...rest] = shape;
  const columns = rest.reduce((product, size) => product * size, 1);
  return Math.min(rows, columns) >= smallestSide ? [rows, columns] : null;
}

/**
 * Makes Muon (Jordan et al. 2024; PyTorch's `torch.optim.Muon`): matrices and kernels step along their orthogonalised
 * Nesterov momentum, scaled by 0.2 sqrt(max(M, N)) so that learning rate and decay mean what they mean for AdamW (Liu et
 * al. 2025, "Muon is scalable for LLM training", section 2.2). All else (vectors, tables, matrices with a side below
 * `smallestSide`) is AdamW's. The orthogonalisation runs in float32 (PyTorch: bfloat16).
 * @param config settings
 * @param parameters by name; their arrays are changed in place. Only those that state their shape can be matrices
 * @param options what the orthogonalisation runs on
 * @throws UserError for settings out of range
 */
export async function createMuon(
  config: MuonConfig,
  parameters: ReadonlyMap<string, OptimisedParameter>,
  options: { readonly runtime: Runtime; readonly session?: RuntimeOptions },
): Promise<Muon> {
  const complete = completeSettings('optimiser', muonSchema, config);
  const matrices = new Map<string, Matrix>();
  const others = new Map<string, OptimisedParameter>();
  for (const [name, parameter] of parameters) {
    const sides = sidesOf(parameter, complete.smallestSide);
    if (!sides) {
      others.set(name, parameter);
      continue;
    }
    const empty = () => new Float32Array(parameter.data.length);
    const [rows, columns] = sides;
    matrices.set(name, { parameter, rows, columns, momentum: empty(), direction: empty(), orthogonal: empty() });
  }
  const { learningRate: highest, betas, epsilon, weightDecay, unusedRows } = complete;
  const adamw = createOptimiser(
    { kind: 'adamw', learningRate: highest, betas, epsilon, weightDecay, unusedRows },
    others,
  );
  const feeds: Record<string, HostTensor> = {};
  const into: Record<string, HostTensor> = {};
  const wanted: Record<string, ReturnType<typeof input>> = {};
  for (const [name, { rows, columns, direction, orthogonal }] of matrices) {
    const shape = [rows, columns];
    feeds[name] = floatTensor(direction, shape);
    into[`orthogonal.${name}`] = floatTensor(orthogonal, shape);
    wanted[`orthogonal.${name}`] = orthogonalise(input(name, shape), complete.iterations, complete.coefficients);
  }
  const graph = matrices.size > 0 ? await compile(wanted, options) : null;

  /** The momenta as they are saved: views. */
  const momenta = (): Map<string, Tensor> =>
    new Map(
      [...matrices].map(([name, { parameter, momentum }]) => [
        `momentum_buffer.${name}`,
        createTensor('F32', parameter.shape!, momentum),
      ]),
    );

  return {
    config: complete,
    orthogonal: [...matrices.keys()],

    async step(gradients, learningRate = highest) {
      checkGradients(gradients, parameters);
      const { momentum: share } = complete;
      for (const [name, { momentum, direction }] of matrices) {
        const gradient = gradients.get(name);
        if (!(gradient instanceof Float32Array)) continue;
        for (let index = 0; index < gradient.length; index++) {
          const slope = gradient[index];
          const speed = share * momentum[index] + (1 - share) * slope;
          momentum[index] = speed;
          direction[index] = complete.nesterov ? share * speed + (1 - share) * slope : speed;
        }
      }
      await graph?.run(feeds, { into });
      for (const [name, { parameter, rows, columns, orthogonal }] of matrices) {
        if (!gradients.has(name)) continue;
        const rate = learningRate * (parameter.learningRateScale ?? 1);
        const kept = 1 - rate * (parameter.weightDecay ?? weightDecay);
        const size = rate * 0.2 * Math.sqrt(Math.max(rows, columns));
        const { data } = parameter;
        for (let index = 0; index < data.length; index++) data[index] = data[index] * kept - size * orthogonal[index];
      }
      adamw.step(new Map([...gradients].filter(([name]) => others.has(name))), learningRate);
    },

    state() {
      return new Map([...adamw.state(), ...momenta()]);
    },

    load(state) {
      const rest = new Map(state);
      const own = momenta();
      for (const [key, tensor] of own) {
        savedTensor(state, key, tensor);
        rest.delete(key);
      }
      adamw.load(rest);
      for (const [key, { data }] of own) (data as Float32Array).set(state.get(key)!.data as Float32Array);
    },

    release: async () => graph?.release(),
  };
}
