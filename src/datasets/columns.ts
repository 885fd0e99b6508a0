/** A growing column of numbers on a typed array: what fifty thousand records are kept in without an object each. */
export interface Column<T extends Uint8Array | Int32Array | Uint32Array | Float64Array> {
  readonly length: number;
  push(value: number): void;
  at(index: number): number;
  /** Adds many values at once. */
  append(values: ArrayLike<number>): void;
  /** The values so far, cut to length. */
  finish(): T;
}

/** Makes an empty column on a constructor of typed arrays: `createColumn(Float64Array)`. */
export function createColumn<T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(
  type: new (length: number) => T,
): Column<T> {
  let values = new type(64);
  let length = 0;
  const reserve = (count: number): void => {
    if (length + count <= values.length) return;
    const larger = new type(Math.max(values.length * 2, length + count));
    larger.set(values);
    values = larger;
  };
  return {
    get length() {
      return length;
    },
    at: (index) => values[index],
    push(value) {
      reserve(1);
      values[length] = value;
      length += 1;
    },
    append(more) {
      reserve(more.length);
      values.set(more, length);
      length += more.length;
    },
    finish: () => values.slice(0, length) as T,
  };
}
