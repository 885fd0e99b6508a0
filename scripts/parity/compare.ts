import { describeType, type HostTensor, sameShape } from '../../src/engine/index.js';
import type { Reference, Tolerance } from './reference.js';

/** How far one tensor is from its reference. */
export interface Deviation {
  readonly name: string;
  /** max |got - want|. */
  readonly largest: number;
  /** The share of what the rule allows: at most 1 passes. */
  readonly share: number;
}

export type Group = 'output' | 'train' | 'grad';

/** The group of tolerances that a tensor of a reference file is compared under. */
export function groupOf(name: string): Group {
  if (name.startsWith('output.')) return 'output';
  return name.startsWith('grad.') ? 'grad' : 'train';
}

function largestDifference(got: HostTensor, want: HostTensor): { difference: number; magnitude: number } {
  let difference = 0;
  let magnitude = 0;
  for (let index = 0; index < want.data.length; index++) {
    const wanted = Number(want.data[index]);
    const apart = Math.abs(Number(got.data[index]) - wanted);
    // A NaN must not slip through a comparison.
    if (!(apart <= difference)) difference = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
    magnitude = Math.max(magnitude, Math.abs(wanted));
  }
  return { difference, magnitude };
}

/**
 * Compares by the rule of the reference files: max |got - want| <= atol + rtol max |want|; integers must be equal.
 * @returns the deviation, or a sentence when type or shape differ
 */
export function compareTensor(
  name: string,
  got: HostTensor,
  want: HostTensor,
  { rtol, atol }: Tolerance,
): Deviation | string {
  if (got.type !== want.type || !sameShape(got.shape, want.shape)) {
    return `${name} is ${describeType(got)}; the reference has ${describeType(want)}`;
  }
  const { difference, magnitude } = largestDifference(got, want);
  const allowed = want.type === 'int64' ? 0 : atol + rtol * magnitude;
  if (difference === 0) return { name, largest: 0, share: 0 };
  const share = difference / allowed;
  return { name, largest: difference, share: Number.isNaN(share) ? Number.POSITIVE_INFINITY : share };
}

/** What a comparison of a file found. */
export interface ParityReport {
  readonly file: string;
  readonly kind: string;
  /** Compared tensors. */
  readonly compared: number;
  readonly worst: Partial<Record<Group, Deviation>>;
  /** What is wrong, a sentence each; empty when everything agrees. */
  readonly failures: readonly string[];
}

/** Collects deviations of one file. */
export function createComparison(reference: Reference) {
  const worst: Partial<Record<Group, Deviation>> = {};
  const failures: string[] = [];
  let compared = 0;
  return {
    fail(sentence: string): void {
      failures.push(sentence);
    },
    /** Compares one tensor with the reference's tensor of that full name, which must exist. */
    compare(name: string, got: HostTensor): void {
      const want = reference.tensors.get(name)!;
      const group = groupOf(name);
      const deviation = compareTensor(name, got, want, reference.tolerances[group] ?? reference.tolerances.output);
      compared += 1;
      if (typeof deviation === 'string') {
        failures.push(deviation);
        return;
      }
      if (deviation.share > 1) {
        const times = deviation.share.toPrecision(3);
        failures.push(`${name} is off by ${deviation.largest.toPrecision(3)}, ${times} times what is allowed`);
      }
      const before = worst[group];
      if (!before || deviation.share > before.share) worst[group] = deviation;
    },
    report: (): ParityReport => ({ file: reference.file, kind: reference.kind, compared, worst, failures }),
  };
}

export type Comparison = ReturnType<typeof createComparison>;

/** One line a file: the verdict, and for each group the tensor that uses most of its tolerance. */
export function describeReport({ file, kind, compared, worst, failures }: ParityReport): string {
  const groups = (Object.entries(worst) as [Group, Deviation][]).map(
    ([group, { name, largest, share }]) =>
      `${group} ${largest.toExponential(1)} (${(100 * share).toPrecision(2)} % of the tolerance, ${name})`,
  );
  const head = `${failures.length === 0 ? 'ok  ' : 'FAIL'} ${file}  ${kind}: ${compared} tensors`;
  const more = failures.length > 4 ? [`and ${failures.length - 4} more`] : [];
  return [head, ...groups, ...failures.slice(0, 4), ...more].join('; ');
}
