/** Where a tensor of a published file goes. */
export interface Destination {
  /** The parameter's name in this project: as in Microsoft's Swin, Hugging Face's BERT, the LAVT and RMSIN releases. */
  readonly target: string;
  /** It is this third of the target (query, key, value, in this order along the first axis). */
  readonly slot?: 0 | 1 | 2;
  /** The target is this third of it. */
  readonly third?: 0 | 1 | 2;
}

/** The names of one published form of a network. */
export interface NameMap {
  /** What people call it: `Swin of torchvision`. */
  readonly format: string;
  /** A tensor that every such file has; what stands before it is the file's prefix (`backbone.`, `bert.`). */
  readonly anchor: string;
  /** Tells apart forms with the same anchor; the names lack the prefix. */
  readonly recognises?: (names: ReadonlySet<string>) => boolean;
  /** Where a tensor goes; nothing for one that the network does not have (a classifier's head). */
  readonly destinations: (name: string) => readonly Destination[];
}
