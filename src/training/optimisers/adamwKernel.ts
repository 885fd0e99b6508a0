import type { AdamwStep } from './adamw.js';

/**
 * The inner loop of AdamW for four float32 numbers at a time, as a WebAssembly module of a few hundred bytes that is
 * put together here. A plain loop is bound by the processor's double-precision division and root: this one is about
 * twice as fast. WebAssembly's float32 arithmetic gives the same bits on every machine.
 */

/** Elements of one call. Five arrays of this length stand one after the other in the kernel's memory: 40 kB. */
const chunk = 2048;
const chunkBytes = chunk * 4;
const pageBytes = 65_536;

type Code = readonly number[];

/** LEB128, the integers of WebAssembly's binary format. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}
const withLength = (bytes: Code): number[] => [...unsigned(bytes.length), ...bytes];
const vector = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];
const name = (text: string): number[] => withLength([...text].map((letter) => letter.charCodeAt(0)));
const section = (id: number, items: readonly Code[]): number[] => [id, ...withLength(vector(items))];

const [i32, f32, v128] = [0x7f, 0x7d, 0x7b];
const get = (local: number): Code => [0x20, ...unsigned(local)];
const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
const simd = (code: number, ...operands: readonly Code[]): Code => [...operands.flat(), 0xfd, ...unsigned(code)];
const splat = (value: Code): Code => simd(0x13, value);
const sqrt = (value: Code): Code => simd(0xe3, value);
const add = (a: Code, b: Code): Code => simd(0xe4, a, b);
const subtract = (a: Code, b: Code): Code => simd(0xe5, a, b);
const multiply = (a: Code, b: Code): Code => simd(0xe6, a, b);
const divide = (a: Code, b: Code): Code => simd(0xe7, a, b);
const maximum = (a: Code, b: Code): Code => simd(0xe9, a, b);

/** Local variables of the kernel: the end in bytes, seven numbers, the same spread over four lanes, and work space. */
const end = 0;
const numbers = { beta1: 1, rest1: 2, beta2: 3, rest2: 4, decay: 5, stepSize: 6, inverseRoot: 7, epsilon: 8 };
const spreadFrom = 8;
const spread = (which: keyof typeof numbers): Code => get(numbers[which] + spreadFrom);
const [slope, first, second, largest, position] = [17, 18, 19, 20, 21];
/** Places of the arrays in memory, in chunks. */
const places = { parameter: 0, gradient: 1, mean: 2, square: 3, top: 4 };

const place = (array: keyof typeof places): number[] => [4, ...unsigned(places[array] * chunkBytes)];
const load = (array: keyof typeof places): Code => [...get(position), 0xfd, 0x00, ...place(array)];
const store = (array: keyof typeof places, value: Code): Code => [
  ...get(position),
  ...value,
  0xfd,
  0x0b,
  ...place(array),
];

function body(amsgrad: boolean): number[] {
  const code = [
    ...Object.values(numbers).map((local) => set(local + spreadFrom, splat(get(local)))),
    // loop
    [0x03, 0x40],
    set(slope, load('gradient')),
    set(first, add(multiply(spread('beta1'), load('mean')), multiply(spread('rest1'), get(slope)))),
    set(
      second,
      add(multiply(spread('beta2'), load('square')), multiply(multiply(spread('rest2'), get(slope)), get(slope))),
    ),
    store('mean', get(first)),
    store('square', get(second)),
    set(largest, amsgrad ? maximum(get(second), load('top')) : get(second)),
    amsgrad ? store('top', get(largest)) : [],
    store(
      'parameter',
      subtract(
        load('parameter'),
        add(
          multiply(load('parameter'), spread('decay')),
          divide(
            multiply(spread('stepSize'), get(first)),
            add(multiply(sqrt(get(largest)), spread('inverseRoot')), spread('epsilon')),
          ),
        ),
      ),
    ),
    // position += 16; again while position < end
    set(position, [...get(position), 0x41, 16, 0x6a]),
    [...get(position), ...get(end), 0x49, 0x0d, 0x00],
    [0x0b, 0x0b],
  ].flat();
  const locals = vector([
    [...unsigned(12), v128],
    [...unsigned(1), i32],
  ]);
  return withLength([...locals, ...code]);
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const parameters = vector([i32, ...new Array<number>(8).fill(f32)].map((type) => [type]));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [[0x60, ...parameters, 0x00]]),
    ...section(2, [[...name('kernel'), ...name('memory'), 0x02, 0x00, 0x01]]),
    ...section(3, [[0x00], [0x00]]),
    ...section(7, [
      [...name('adamw'), 0x00, 0x00],
      [...name('amsgrad'), 0x00, 0x01],
    ]),
    ...section(10, [body(false), body(true)]),
  ]);
}

type Kernel = (
  endBytes: number,
  beta1: number,
  rest1: number,
  beta2: number,
  rest2: number,
  decay: number,
  stepSize: number,
  inverseRoot: number,
  epsilon: number,
) => void;

let loaded: { adamw: Kernel; amsgrad: Kernel; arrays: Record<keyof typeof places, Float32Array> } | undefined;

function instantiate(): NonNullable<typeof loaded> {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((5 * chunkBytes) / pageBytes) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { kernel: { memory } });
  const array = (which: number): Float32Array => new Float32Array(memory.buffer, which * chunkBytes, chunk);
  const arrays = Object.fromEntries(Object.entries(places).map(([key, which]) => [key, array(which)]));
  return {
    adamw: exports.adamw as unknown as Kernel,
    amsgrad: exports.amsgrad as unknown as Kernel,
    arrays: arrays as Record<keyof typeof places, Float32Array>,
  };
}

/**
 * Updates elements `from` to `to` of a parameter in place; the gradient of element i stands at i + shift. With `top` the
 * root is that of the running maximum of the uncorrected squares' mean (AMSGrad).
 */
export function updateAdamw(
  parameter: Float32Array,
  gradient: Float32Array,
  mean: Float32Array,
  square: Float32Array,
  top: Float32Array | undefined,
  from: number,
  to: number,
  shift: number,
  { beta1, beta2, decay, stepSize, inverseRoot, epsilon }: AdamwStep,
): void {
  loaded ??= instantiate();
  const { arrays } = loaded;
  const kernel = top ? loaded.amsgrad : loaded.adamw;
  for (let start = from; start < to; start += chunk) {
    const stop = Math.min(start + chunk, to);
    const length = stop - start;
    arrays.parameter.set(parameter.subarray(start, stop));
    arrays.gradient.set(gradient.subarray(start + shift, stop + shift));
    arrays.mean.set(mean.subarray(start, stop));
    arrays.square.set(square.subarray(start, stop));
    if (top) arrays.top.set(top.subarray(start, stop));
    kernel(length * 4, beta1, 1 - beta1, beta2, 1 - beta2, decay, stepSize, inverseRoot, epsilon);
    parameter.set(length === chunk ? arrays.parameter : arrays.parameter.subarray(0, length), start);
    mean.set(length === chunk ? arrays.mean : arrays.mean.subarray(0, length), start);
    square.set(length === chunk ? arrays.square : arrays.square.subarray(0, length), start);
    if (top) top.set(length === chunk ? arrays.top : arrays.top.subarray(0, length), start);
  }
}
