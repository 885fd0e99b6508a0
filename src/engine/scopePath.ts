import type { RecomputeMark } from './value.js';

// Graphs are built synchronously, so one stack a thread says where the node being made belongs.
let path = '';
let mark: RecomputeMark | null = null;
let nextMark = 1;

/** The path of the layer that is being built, for names in errors; empty outside of any. */
export function currentScope(): string {
  return path;
}

/** The marked part that is being built, if any. */
export function currentRecompute(): RecomputeMark | null {
  return mark;
}

/** Builds within a path: nodes made by `build` carry it. */
export function withinScope<Result>(scope: string, build: () => Result): Result {
  const before = path;
  path = scope;
  try {
    return build();
  } finally {
    path = before;
  }
}

/**
 * Marks what `build` makes to be computed again in the backward pass instead of being kept in memory until then
 * (rematerialisation; Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"). Values that `build` uses
 * from outside are kept.
 */
export function recompute<Result>(build: () => Result): Result {
  return withRecompute({ id: nextMark++ }, build);
}

/** Builds under a given mark, or under none (`null`): the gradient walker makes its copies unmarked. */
export function withRecompute<Result>(replacement: RecomputeMark | null, build: () => Result): Result {
  const before = mark;
  mark = replacement;
  try {
    return build();
  } finally {
    mark = before;
  }
}
