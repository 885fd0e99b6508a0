/**
 * What stands for a Python name (`collections.OrderedDict`) that a pickle may ask for. Nothing is imported: the record
 * says what calling the name gives. A name may also be a plain value (a dtype, a storage class); then the record itself
 * appears in the result, so that a reader can put what it needs into a record of its own that extends this one.
 */
export interface PickleGlobal {
  /**
   * What REDUCE, NEWOBJ, OBJ and INST give for these arguments; missing where the name must not be called.
   * @throws Error with the reason when the arguments are not as expected; the reader adds the byte.
   */
  call?(args: readonly unknown[], budget: CopyBudget): unknown;
  /** Applies BUILD's state to an object that `call` made; missing where BUILD is refused. */
  setState?(object: unknown, state: unknown): void;
}

/** Counts what calls copy: a few bytes that name a large value again and again must not fill the memory. */
export interface CopyBudget {
  /** @throws Error when the calls of one file have copied much more than the file holds. */
  spend(elements: number): void;
}

/** How a pickle is read. */
export interface PickleOptions {
  /** Names allowed beside the ordinary ones, by their full name (`torch._utils._rebuild_tensor_v2`); these win. */
  readonly globals?: ReadonlyMap<string, PickleGlobal>;
  /** What PERSID and BINPERSID give for an id; without it they are refused. May throw an Error with the reason. */
  readonly persistentLoad?: (id: unknown) => unknown;
  /** Where the pickle begins in the bytes; 0 when missing. Several may follow each other in a file. */
  readonly start?: number;
}
